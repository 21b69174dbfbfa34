// What of an Agent's labels and taints its Node gets. The API server refuses a Node whole for one malformed key, with its
// capacity and its conditions, so what is malformed stays behind and is told; so are labels that are not its to give.
import { isLabelKey, isLabelValue } from '../../common/labels.ts';
import type { AgentSpec } from './agent.ts';
import { isMachineLabel } from './placement/machine-labels.ts';
import type { Taint } from './placement/taints.ts';

export function carriedLabels({ labels = {} }: AgentSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(isCarried));
}

export function carriedTaints({ taints = [] }: AgentSpec): readonly Taint[] {
  return taints.filter(isTaint);
}

/** What stays behind, for people; empty: nothing does. */
export function notCarried({ labels = {}, taints = [] }: AgentSpec): string {
  const keys = [
    ...Object.entries(labels).flatMap((label) => (isCarried(label) ? [] : [`label ${quote(label[0])}`])),
    ...taints.flatMap((taint) => (isTaint(taint) ? [] : [`taint ${quote(taint.key)}`])),
  ];
  if (keys.length === 0) return '';
  const shown = keys.sort().slice(0, MAX_SHOWN).join(', ');
  const more = keys.length > MAX_SHOWN ? ` and ${keys.length - MAX_SHOWN} more` : '';
  return `not carried over to its node, as the key or the value is malformed, or the machine's or the controller's to say: ${shown}${more}`;
}

const MAX_SHOWN = 5;
const MAX_KEY = 100;

function isCarried(label: readonly [string, string]): boolean {
  return isLabel(label) && !isMachineLabel(label[0]);
}

function isLabel([key, value]: readonly [string, string]): boolean {
  return isLabelKey(key) && isLabelValue(value);
}

function isTaint({ key, value = '' }: Taint): boolean {
  return isLabel([key, value]);
}

function quote(key: string): string {
  return JSON.stringify(key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…` : key);
}
