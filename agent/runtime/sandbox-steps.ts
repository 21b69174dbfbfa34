// Makes a pod's sandbox, and has it started beside the worker.
import { sandboxRequest } from '../pod/create-options.ts';
import { SANDBOX } from '../pod/names.ts';
import type { Step } from '../pod/plan.ts';
import { runtimeChoice } from '../pod/runtime-class.ts';
import type { PodEvent } from '../pod/status-events.ts';
import { createOrAdopt, remembering } from './make-container.ts';
import { hostnameOf, resolverOf } from './pod-names.ts';
import type { StepContext } from './step-executor.ts';

export async function createSandbox(
  { attempt, changed }: Extract<Step, { kind: 'create-sandbox' }>,
  context: StepContext,
): Promise<void> {
  const { pod, agentUid, network, images, emit, view } = context;
  const { oomScoreFloor } = view;
  if (changed) emit(SANDBOX_CHANGED);
  const id = await remembering(context, SANDBOX, async () => {
    const runtime = runtimeOf(context);
    const { hostname } = hostnameOf(context);
    const [image, joined] = await Promise.all([
      images.ensurePauseImage(),
      pod.spec.hostNetwork ? '' : network.ensure(),
    ]);
    const { events } = await resolverOf(context, joined);
    for (const event of events) emit(event);
    const names = { pod, agentUid, attempt, image, hostname };
    const request = sandboxRequest({ ...names, network: joined, oomScoreFloor, runtime });
    return createOrAdopt(request, context);
  });
  if (id !== undefined) context.memory.launches.sandboxMade(id);
}

const SANDBOX_CHANGED: PodEvent = {
  type: 'Normal',
  reason: 'SandboxChanged',
  message: 'Pod sandbox changed, it will be killed and re-created.',
};

function runtimeOf({ pod, objects }: StepContext): string | undefined {
  const choice = runtimeChoice(pod, objects);
  if (choice.kind === 'chosen') return choice.runtime;
  throw new Error(choice.kind === 'problem' ? choice.message : 'its RuntimeClass is not known yet');
}

export async function startSandbox(
  { id }: Extract<Step, { kind: 'start-sandbox' }>,
  context: StepContext,
): Promise<void> {
  const { launches } = context.memory;
  launches.starting(id);
  context.tasks.assist(async () => {
    try {
      await tryStart(id, context);
      launches.over(id);
    } catch (error) {
      launches.over(id, error);
    }
  });
}

/** Rejects when the engine does not answer, or keeps what it could not start. */
async function tryStart(id: string, context: StepContext): Promise<void> {
  const { engine, memory } = context;
  const started = await remembering(context, SANDBOX, async () => {
    await engine.start(id);
    return true;
  });
  if (started) memory.succeeded(SANDBOX);
  // What an engine that died has left of it may keep it from ever starting: the next try is another one.
  else await engine.remove(id);
}
