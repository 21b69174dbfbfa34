// What of an Agent's labels and taints a Node can have. The API server refuses a Node whole for one malformed key, with its
// capacity and its conditions, so what is malformed stays behind and is told.
import { isLabelKey, isLabelValue } from '../../common/labels.ts';
import type { AgentSpec } from './agent.ts';
import { withoutPresence } from './placement/presence-labels.ts';
import type { Taint } from './placement/taints.ts';

export function carriedLabels({ labels = {} }: AgentSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(withoutPresence(labels)).filter(isLabel));
}

export function carriedTaints({ taints = [] }: AgentSpec): readonly Taint[] {
  return taints.filter(isTaint);
}

/** What stays behind, for people; empty: nothing does. */
export function notCarried({ labels = {}, taints = [] }: AgentSpec): string {
  const keys = [
    ...Object.entries(labels).flatMap((label) => (isLabel(label) ? [] : [`label ${quote(label[0])}`])),
    ...taints.flatMap((taint) => (isTaint(taint) ? [] : [`taint ${quote(taint.key)}`])),
  ];
  if (keys.length === 0) return '';
  const shown = keys.sort().slice(0, MAX_SHOWN).join(', ');
  const more = keys.length > MAX_SHOWN ? ` and ${keys.length - MAX_SHOWN} more` : '';
  return `not carried over to its node, as the key or the value is malformed: ${shown}${more}`;
}

const MAX_SHOWN = 5;
const MAX_KEY = 100;

function isLabel([key, value]: readonly [string, string]): boolean {
  return isLabelKey(key) && isLabelValue(value);
}

function isTaint({ key, value = '' }: Taint): boolean {
  return isLabel([key, value]);
}

function quote(key: string): string {
  return JSON.stringify(key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…` : key);
}
