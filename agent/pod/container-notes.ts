// What the agent has done about a container that Docker does not tell: hooks begun, a stop begun, a signal sent. It lies
// with the pod's record, by Docker id, so that a restarted agent repeats nothing and gives no grace anew.
import { isMoment, type Moment } from './moment.ts';
import type { PodRecord } from './pod-record.ts';

export interface ContainerNotes {
  readonly postStart?: HookNote;
  /** It is being ended; what has been begun is carried through. */
  readonly stop?: StopNote;
  /** A process of it was killed for want of memory. */
  readonly outOfMemory?: boolean;
  /** That it has begun to run was told. */
  readonly startTold?: boolean;
}

export interface HookNote {
  readonly since: Moment;
  /** Docker's id of the command it runs. */
  readonly execId?: string;
  /** Absent while it goes on, or when the agent ended before it did. */
  readonly outcome?: HookOutcome;
}

export type HookOutcome = 'done' | 'failed';
export type HookName = 'postStart' | 'preStop';

export interface StopNote {
  readonly cause: StopCause;
  readonly since: Moment;
  readonly graceSeconds: number;
  readonly preStop?: HookNote;
  /** When it was asked to end. */
  readonly signalled?: Moment;
}

export type StopCause =
  /** The pod as a whole ends, or its sandbox has. */
  | 'pod'
  /** Another definition is to take its place. */
  | 'definition'
  /** Its resources change by a new start. */
  | 'resize'
  | 'post-start'
  /** All containers of the pod start anew. */
  | 'restart-all'
  | 'liveness'
  | 'startup';

export type PodNotes = Readonly<Record<string, ContainerNotes>>;

export function notesOf(record: Pick<PodRecord, 'notes'>, id: string): ContainerNotes {
  return record.notes?.[id] ?? {};
}

export function hookNote({ postStart, stop }: ContainerNotes, hook: HookName): HookNote | undefined {
  return hook === 'postStart' ? postStart : stop?.preStop;
}

export function withOutOfMemory(record: PodRecord, id: string): PodRecord {
  if (notesOf(record, id).outOfMemory) return record;
  return withNotes(record, id, (notes) => ({ ...notes, outOfMemory: true }));
}

export function withStartTold(record: PodRecord, id: string): PodRecord {
  return withNotes(record, id, (notes) => ({ ...notes, startTold: true }));
}

/** The first stop counts: another does not begin it anew. */
export function withStop(record: PodRecord, id: string, stop: StopNote): PodRecord {
  return withNotes(record, id, (notes) => ({ ...notes, stop: notes.stop ?? stop }));
}

export function withSignal(record: PodRecord, id: string, signalled: Moment): PodRecord {
  return withNotes(record, id, ({ stop, ...rest }) =>
    stop ? { ...rest, stop: { signalled, ...stop } } : rest,
  );
}

export function withHook(record: PodRecord, id: string, hook: HookName, note: HookNote): PodRecord {
  return withNotes(record, id, ({ stop, ...rest }) => {
    if (hook === 'postStart') return { ...rest, stop, postStart: note };
    return stop ? { ...rest, stop: { ...stop, preStop: note } } : rest;
  });
}

/** Of containers that are no more nothing needs to be known. */
export function notesFor(notes: PodNotes | undefined, present: ReadonlySet<string>): PodNotes | undefined {
  const kept = Object.entries(notes ?? {}).filter(([id]) => present.has(id));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

function withNotes(
  record: PodRecord,
  id: string,
  change: (notes: ContainerNotes) => ContainerNotes,
): PodRecord {
  return { ...record, notes: { ...record.notes, [id]: change(notesOf(record, id)) } };
}

/** As they are read from the disk. */
export function areNotes(value: unknown): boolean {
  return value === undefined || (isObject(value) && Object.values(value).every(isContainerNotes));
}

function isContainerNotes(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { postStart, stop, outOfMemory, startTold } = value;
  return isHook(postStart) && isStop(stop) && [outOfMemory, startTold].every(isFlag);
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

function isHook(value: unknown): boolean {
  return value === undefined || (isObject(value) && isMoment(value['since']));
}

function isStop(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value)) return false;
  const { since, graceSeconds, preStop, signalled } = value;
  const signal = signalled === undefined || isMoment(signalled);
  return isMoment(since) && Number.isFinite(graceSeconds) && isHook(preStop) && signal;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
