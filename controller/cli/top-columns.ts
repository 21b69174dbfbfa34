// What the `top` commands show alike: amounts that are used, and the busiest first.

import type { Milli } from '../../common/quantity.ts';
import type { AgentInfo__Output } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import { amountOf, formatAmount } from './amount.ts';

export const TOP_RESOURCES = ['cpu', 'memory'] as const;

export type TopResource = (typeof TOP_RESOURCES)[number];

type User = Pick<AgentInfo__Output, 'used' | 'name'>;

export function usedAmount({ used }: User, resource: TopResource, format = formatAmount): string {
  const value = amountOf(used, resource);
  return value === undefined ? '<unknown>' : format(resource, value);
}

/** What a pod uses of a CPU is often less than a hundredth of it. */
export function fineAmount(resource: string, milli: Milli): string {
  return resource === 'cpu' ? `${milli}m` : formatAmount(resource, milli);
}

export function busiestFirst<T extends User>(users: readonly T[], resource: TopResource): T[] {
  const used = (user: T) => amountOf(user.used, resource) ?? -1n;
  return users.toSorted((a, b) => compare(used(b), used(a)) || (a.name < b.name ? -1 : 1));
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
