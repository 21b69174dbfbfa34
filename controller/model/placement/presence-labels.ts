// Presence labels: what the virtual node shows of the machines behind it, so that the scheduler's filters pass when some
// machine could match. One for each agent's name, and one for each value that agents have under a few chosen keys. Only
// the key of a presence label tells; its value is always "true".
import { createHash } from 'node:crypto';
import { AGENT_PRESENCE_PREFIX } from '../../../common/names.ts';

type Labels = Readonly<Record<string, string>>;

/** A label key whose values the node shows, under a short name that can stand in a label's prefix. */
export interface PresenceKey {
  readonly alias: string;
  readonly key: string;
}

/** The operator may name more; aliases are unique. */
export const WELL_KNOWN_KEYS: readonly PresenceKey[] = [
  { alias: 'arch', key: 'kubernetes.io/arch' },
  { alias: 'zone', key: 'topology.kubernetes.io/zone' },
  { alias: 'region', key: 'topology.kubernetes.io/region' },
];

const VALUE_SUFFIX = '.label.longshore.dev/';
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const HASHED = /^sha256-[0-9a-f]{40}$/;

/** Those of one agent, given all its other labels. */
export function presenceLabels(
  agent: string,
  labels: Labels,
  keys: readonly PresenceKey[],
): Record<string, string> {
  const values = keys.flatMap((key): [string, string][] => {
    const value = labelByAlias(labels, key);
    return value === undefined ? [] : [[valueLabel(key.alias, value), 'true']];
  });
  return { [`${AGENT_PRESENCE_PREFIX}${agent}`]: 'true', ...Object.fromEntries(values) };
}

/** A label called as the alias itself comes before the one the alias stands for. */
export function labelByAlias(labels: Labels, { alias, key }: PresenceKey): string | undefined {
  if (Object.hasOwn(labels, alias)) return labels[alias];
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Values that cannot be a label's name (empty, or too long) are hashed, and so are those that look like a hash. */
export function valueLabel(alias: string, value: string): string {
  const isPlain = NAME.test(value) && !HASHED.test(value);
  const name = isPlain ? value : `sha256-${createHash('sha256').update(value).digest('hex').slice(0, 40)}`;
  return `${alias}${VALUE_SUFFIX}${name}`;
}

export function isPresenceLabel(key: string): boolean {
  return key.startsWith(AGENT_PRESENCE_PREFIX) || key.includes(VALUE_SUFFIX);
}

export function withoutPresence(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !isPresenceLabel(key)));
}
