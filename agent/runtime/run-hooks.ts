// Runs postStart and preStop hooks beside the worker. That a hook begins is on the disk before it does; one that an
// earlier run of the agent has begun is seen to its end, not begun again: a command goes on in Docker, a sleep has an
// end, and of a request nobody knows more than that it was to be sent.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import { type HttpTarget, httpTarget } from '../pod/action-target.ts';
import { type HookName, type HookNote, hookNote, notesOf, withHook } from '../pod/container-notes.ts';
import { type HookCall, hookKey } from '../pod/hooks.ts';
import { elapsedMs } from '../pod/moment.ts';
import type { Step } from '../pod/plan.ts';
import { findMember, type PodContainer } from '../pod/pod-containers.ts';
import { EngineError } from './engine.ts';
import type { Execs } from './execs.ts';
import { ContainerEndedError } from './pod-tasks.ts';
import type { StepContext } from './step-executor.ts';
import { tryAll } from './try-all.ts';

/** Sends the request and hears the answer, whatever it says. Rejects when there is none. */
export type SendHook = (request: HttpTarget, signal: AbortSignal) => Promise<void>;

type Handler = NonNullable<NonNullable<PodContainer['lifecycle']>['postStart']>;

/** Undefined when it did what it was to do; otherwise why not, without what it wrote: that may be a secret. */
type Failure = string | undefined;

export async function runHooks(
  { calls }: Extract<Step, { kind: 'run-hooks' }>,
  context: StepContext,
): Promise<void> {
  await tryAll(calls, (call) => runHook(call, context));
}

async function runHook(call: HookCall, context: StepContext): Promise<void> {
  const { hook, id, container } = call;
  const spec = findMember(context.pod, container)?.spec;
  const handler = spec?.lifecycle?.[hook];
  if (!spec || !handler) return;
  const begun = hookNote(notesOf(context.record(), id), hook);
  const started = begun ? { note: begun } : await begin(handler, call, context);
  const work = async (signal: AbortSignal): Promise<Failure> => {
    if ('failure' in started) return started.failure;
    const resumed = begun !== undefined;
    return carryOut({ handler, spec, note: started.note, resumed, context }, signal);
  };
  const beside = { key: hookKey(id, hook), containerId: id, assists: hook === 'postStart' };
  context.tasks.accompany(beside, (signal) => seeToTheEnd(call, work, context, signal));
}

/** The command is made before it is noted, so that what is noted can be found again; making it runs nothing. */
async function begin(
  { exec }: Handler,
  { hook, id }: HookCall,
  { execs, change, now }: StepContext,
): Promise<{ readonly note: HookNote } | { readonly failure: string }> {
  const since = now();
  try {
    const execId = exec ? await execs.createExec(id, exec.command ?? []) : undefined;
    const note = { since, ...(execId === undefined ? {} : { execId }) };
    await change((record) => withHook(record, id, hook, note));
    return { note };
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'unavailable') throw error;
    return { failure: describeError(error) };
  }
}

async function seeToTheEnd(
  call: HookCall,
  work: (signal: AbortSignal) => Promise<Failure>,
  context: StepContext,
  signal: AbortSignal,
): Promise<void> {
  const { hook, id, container } = call;
  let failure: Failure;
  try {
    failure = await work(signal);
  } catch (error) {
    if (signal.aborted && !(signal.reason instanceof ContainerEndedError)) return;
    failure = describeError(signal.aborted ? signal.reason : error);
  }
  if (failure !== undefined && hook === 'postStart') {
    const why = `${FAILED[hook].message}: ${failure}`;
    context.memory.failed(container, { reason: 'PostStartHookError', message: why });
  }
  const outcome = failure === undefined ? 'done' : 'failed';
  const events = failure === undefined ? [] : [{ type: 'Warning' as const, ...FAILED[hook], container }];
  await context.change((record) => {
    const known = hookNote(notesOf(record, id), hook) ?? { since: context.now() };
    return withHook(record, id, hook, { ...known, outcome });
  }, events);
}

const FAILED: Readonly<Record<HookName, { readonly reason: string; readonly message: string }>> = {
  postStart: { reason: 'FailedPostStartHook', message: 'PostStartHook failed' },
  preStop: { reason: 'FailedPreStopHook', message: 'PreStopHook failed' },
};

interface Work {
  readonly handler: Handler;
  readonly spec: PodContainer;
  readonly note: HookNote;
  /** An earlier run of the agent has begun it. */
  readonly resumed: boolean;
  readonly context: StepContext;
}

async function carryOut(
  { handler, spec, note, resumed, context }: Work,
  signal: AbortSignal,
): Promise<Failure> {
  const { clock, execs, now, sendHook, podIp } = context;
  if (note.execId !== undefined) return execFailure(note.execId, { execs, clock, resumed }, signal);
  if (handler.sleep) {
    await clock.sleep(handler.sleep.seconds * 1000 - elapsedMs(note.since, now()), signal);
    return undefined;
  }
  if (!handler.httpGet) return 'such a handler does nothing';
  if (resumed) return undefined;
  const target = httpTarget(handler.httpGet, spec, podIp);
  if ('problem' in target) return target.problem;
  await sendHook(target, signal);
  return undefined;
}

/** How often a command that an earlier run of the agent has begun is looked at. */
const LOOK_MS = 500;

async function execFailure(
  execId: string,
  { execs, clock, resumed }: { readonly execs: Execs; readonly clock: Clock; readonly resumed: boolean },
  signal: AbortSignal,
): Promise<Failure> {
  let fresh = !resumed;
  for (;;) {
    try {
      const state = fresh ? { kind: 'created' as const } : await execs.inspectExec(execId);
      fresh = false;
      // Docker has been restarted and has lost it.
      if (!state) return undefined;
      if (state.kind === 'created') {
        const { exitCode } = await execs.runExec(execId, { maxBytes: 0, signal });
        return exitFailure(exitCode);
      }
      if (state.kind === 'ended') return exitFailure(state.exitCode);
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== 'unavailable') throw error;
    }
    await clock.sleep(LOOK_MS, signal);
  }
}

function exitFailure(exitCode: number): Failure {
  return exitCode === 0 ? undefined : `the command exited with ${exitCode}`;
}
