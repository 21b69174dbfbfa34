// The steps that end containers. What was done is noted once it is: a signal may then be sent twice, when the agent dies
// right after it, but never be taken for sent when it was not.
import { describeError } from '../../common/errors.ts';
import { withSignal, withStop } from '../pod/container-notes.ts';
import type { Step } from '../pod/plan.ts';
import type { PodRecord } from '../pod/pod-record.ts';
import { EngineError } from './engine.ts';
import type { StepContext } from './step-executor.ts';
import { tryAll } from './try-all.ts';

export async function beginStop(
  { wishes }: Extract<Step, { kind: 'begin-stop' }>,
  { change, now }: StepContext,
): Promise<void> {
  const since = now();
  const stopped = (record: PodRecord) =>
    wishes.reduce(
      (changed, { container, cause, graceSeconds }) =>
        withStop(changed, container.id, { cause, since, graceSeconds }),
      record,
    );
  const killing = wishes.map(({ container, message }) => ({
    type: 'Normal' as const,
    reason: 'Killing',
    message,
    container: container.identity.container,
  }));
  await change(stopped, killing);
}

export async function signalAll(
  { targets }: Extract<Step, { kind: 'signal' }>,
  context: StepContext,
): Promise<void> {
  const { engine, change, now } = context;
  const sent: string[] = [];
  try {
    await telling(context, () =>
      tryAll(targets, async ({ id, stopSignal }) => {
        await engine.kill(id, stopSignal);
        sent.push(id);
      }),
    );
  } finally {
    const at = now();
    await change((record) => sent.reduce((changed, id) => withSignal(changed, id, at), record));
  }
}

export async function killAll({ ids }: Extract<Step, { kind: 'kill' }>, context: StepContext): Promise<void> {
  const { engine, memory } = context;
  await telling(context, () =>
    tryAll(ids, async (id) => {
      await engine.kill(id, 'SIGKILL');
      memory.killed(id);
    }),
  );
}

/** A pod that does not go says why; Docker that is away is no reason of the pod's. */
async function telling({ emit }: StepContext, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind !== 'unavailable') {
      const message = `error killing pod: ${describeError(error)}`;
      emit({ type: 'Warning', reason: 'FailedKillPod', message });
    }
    throw error;
  }
}
