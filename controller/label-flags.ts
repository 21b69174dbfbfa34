// Flags that hold labels: the virtual node's own, and the keys whose values it shows for the machines behind it.
import { isLabelKey, isLabelValue } from '../common/labels.ts';
import { isPresenceLabel, type PresenceKey, WELL_KNOWN_KEYS } from './model/placement/presence-labels.ts';

const ALIAS = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** `key=value,key=value`. Undefined when it cannot be. */
export function parseNodeLabels(text = ''): Readonly<Record<string, string>> | undefined {
  const labels: Record<string, string> = {};
  for (const item of listed(text)) {
    const equals = item.indexOf('=');
    const [key, value] = [item.slice(0, equals), item.slice(equals + 1)];
    if (equals < 0 || !isLabelKey(key) || !isLabelValue(value)) return undefined;
    // Those follow the fleet.
    if (isPresenceLabel(key) || Object.hasOwn(labels, key)) return undefined;
    labels[key] = value;
  }
  return labels;
}

/** `key,alias=key`, beside the well-known ones. Undefined when it cannot be, or an alias means two keys. */
export function parsePresenceKeys(text = ''): readonly PresenceKey[] | undefined {
  const keys = new Map(WELL_KNOWN_KEYS.map((known) => [known.alias, known]));
  for (const item of listed(text)) {
    const [alias = '', key = alias, ...rest] = item.split('=');
    if (rest.length > 0 || !ALIAS.test(alias) || !isLabelKey(key) || keys.has(alias)) return undefined;
    keys.set(alias, { alias, key });
  }
  return [...keys.values()];
}

function listed(text: string): string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}
