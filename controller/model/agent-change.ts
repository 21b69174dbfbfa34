// What operators change of an Agent: labels, taints, cordon, drain. Pure: the spec of now and the wish in, the fields to write
// out. Worded and bounded as `kubectl label` and `kubectl taint` are.
import { LongshoreError } from '../../common/errors.ts';
import { wholeName } from '../../common/image-reference.ts';
import type { AgentSpec, DrainSpec } from './agent.ts';
import type { Taint, TaintEffect } from './placement/taints.ts';
import { isSameJson } from './same-json.ts';

export interface AgentChange {
  /** Whether a label or a taint that has another value is replaced. */
  readonly overwrite: boolean;
  readonly setLabels: Readonly<Record<string, string>>;
  readonly removeLabels: readonly string[];
  readonly setTaints: readonly Taint[];
  readonly removeTaints: readonly { readonly key: string; readonly effect?: TaintEffect }[];
  /** Undefined: as it is. False ends a drain as well. */
  readonly unschedulable?: boolean;
  /** Begins a drain, or changes the rules of one; without any rule the one that is there goes on. The cordon comes with it. */
  readonly drain?: DrainSpec;
  readonly pinImages?: readonly string[];
  readonly unpinImages?: readonly string[];
}

const NO_CHANGE: AgentChange = {
  ...{ overwrite: false, setLabels: {}, removeLabels: [], setTaints: [], removeTaints: [] },
};

/** The cordon alone. */
export function cordonChange(unschedulable: boolean): AgentChange {
  return { ...NO_CHANGE, unschedulable };
}

/** One image is kept, or no longer. */
export function pinChange(image: string, { unpin }: { readonly unpin: boolean }): AgentChange {
  return { ...NO_CHANGE, ...(unpin ? { unpinImages: [image] } : { pinImages: [image] }) };
}

export type ChangedSpec = Pick<AgentSpec, 'labels' | 'taints' | 'unschedulable' | 'drain' | 'pinnedImages'>;

// As deploy/base/crd.yaml has it.
const MAX_LABELS = 64;
const MAX_TAINTS = 32;
const MAX_PINS = 64;

/** The fields that become different, each as a whole; undefined: none does. Throws `precondition` when it may not be. */
export function changedSpec(spec: AgentSpec, change: AgentChange): ChangedSpec | undefined {
  const isUncordoned = change.unschedulable === false;
  const wanted = {
    labels: changedLabels(spec.labels ?? {}, change),
    taints: changedTaints(spec.taints ?? [], change),
    unschedulable: change.drain ? true : (change.unschedulable ?? spec.unschedulable === true),
    drain: isUncordoned ? undefined : drainOf(spec.drain, change.drain),
    pinnedImages: changedPins(spec.pinnedImages ?? [], change),
  };
  const changed: ChangedSpec = {
    ...(!isSameMap(wanted.labels, spec.labels ?? {}) && { labels: wanted.labels }),
    ...(!isSameSet(wanted.taints, spec.taints ?? []) && { taints: wanted.taints }),
    ...(wanted.unschedulable !== (spec.unschedulable === true) && { unschedulable: wanted.unschedulable }),
    ...(!isSameDrain(wanted.drain, spec.drain) && { drain: wanted.drain }),
    ...(wanted.pinnedImages && { pinnedImages: wanted.pinnedImages }),
  };
  return Object.keys(changed).length === 0 ? undefined : changed;
}

/** Undefined: they stay. Two ways to write one image are one pin. */
function changedPins(
  pins: readonly string[],
  { pinImages = [], unpinImages = [] }: AgentChange,
): readonly string[] | undefined {
  const unpinned = new Set(unpinImages.map(wholeName));
  const kept = pins.filter((pin) => !unpinned.has(wholeName(pin)));
  const there = new Set(kept.map(wholeName));
  const added = pinImages.filter((image) => !there.has(wholeName(image)));
  if (added.length === 0 && kept.length === pins.length) return undefined;
  if (kept.length + added.length > MAX_PINS) throw tooMany('pinned images', MAX_PINS);
  return [...kept, ...added];
}

function changedLabels(
  labels: Readonly<Record<string, string>>,
  { setLabels, removeLabels, overwrite }: AgentChange,
): Record<string, string> {
  for (const [key, value] of Object.entries(setLabels)) {
    const now = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (now !== undefined && now !== value && !overwrite) {
      throw taken(`the label ${key} is ${now === '' ? 'there without a value' : `'${now}'`} already`);
    }
  }
  const kept = Object.entries(labels).filter(([key]) => !removeLabels.includes(key));
  const all = { ...Object.fromEntries(kept), ...setLabels };
  if (Object.keys(all).length > MAX_LABELS) throw tooMany('labels', MAX_LABELS);
  return all;
}

function changedTaints(
  taints: readonly Taint[],
  { setTaints, removeTaints, overwrite }: AgentChange,
): readonly Taint[] {
  const isSet = (taint: Taint) => setTaints.some((wish) => isSameTaint(wish, taint));
  for (const wish of setTaints) {
    const now = taints.find((taint) => isSameTaint(wish, taint));
    if (now && (now.value ?? '') !== (wish.value ?? '') && !overwrite) {
      throw taken(`the taint ${wish.key}:${wish.effect} has the value '${now.value ?? ''}' already`);
    }
  }
  const isRemoved = (taint: Taint) =>
    removeTaints.some(({ key, effect }) => key === taint.key && (!effect || effect === taint.effect));
  const kept = taints.filter((taint) => !isSet(taint) && !isRemoved(taint));
  const unchanged = (wish: Taint) =>
    taints.find((taint) => isSameTaint(wish, taint) && (wish.value ?? '') === (taint.value ?? ''));
  const all = [...kept, ...setTaints.map((wish) => unchanged(wish) ?? wish)];
  if (all.length > MAX_TAINTS) throw tooMany('taints', MAX_TAINTS);
  return all;
}

/** To look how far a drain is takes back no word that was given to it. */
function drainOf(there: DrainSpec | undefined, wished: DrainSpec | undefined): DrainSpec | undefined {
  return wished && Object.keys(wished).length > 0 ? wished : (there ?? wished);
}

/** A drain by the plain rules is one. */
function isSameDrain(a: DrainSpec | undefined, b: DrainSpec | undefined): boolean {
  return (a === undefined) === (b === undefined) && isSameJson(a, b);
}

/** The order says nothing. */
function isSameSet(a: readonly Taint[], b: readonly Taint[]): boolean {
  return a.length === b.length && a.every((taint) => b.includes(taint));
}

/** A label without a value is a label. */
function isSameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}

function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

function taken(what: string): LongshoreError {
  return new LongshoreError('precondition', `${what}: --overwrite replaces it`);
}

function tooMany(what: string, most: number): LongshoreError {
  return new LongshoreError('exhausted', `an agent has at most ${most} ${what}`);
}
