// Making a container, whatever an earlier try has left of it; and what becomes of a refusal.
import { describeError } from '../../common/errors.ts';
import type { CreateRequest } from '../pod/create-options.ts';
import { SANDBOX } from '../pod/names.ts';
import { EngineError } from './engine.ts';
import type { StepContext } from './step-executor.ts';

/** A name is made once: what an earlier, interrupted try has left is taken over if it runs, or cleared away. */
export async function createOrAdopt(request: CreateRequest, context: StepContext): Promise<string> {
  const { engine } = context;
  for (let tries = 0; ; tries++) {
    try {
      const { id, warnings } = await engine.create(request);
      for (const warning of warnings) warn(request, warning, context);
      return id;
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== 'conflict' || tries > 0) throw error;
      const existing = await engine.inspect(request.name);
      if (!existing) throw error;
      const { hash, sandboxId } = existing.identity;
      const same = hash === request.identity.hash && sandboxId === request.identity.sandboxId;
      if (same && existing.state.kind === 'running') return existing.id;
      await engine.remove(existing.id);
    }
  }
}

function warn({ identity }: CreateRequest, warning: string, { emit }: StepContext): void {
  const about = identity.container === SANDBOX ? {} : { container: identity.container };
  emit({ type: 'Warning', reason: 'EngineWarning', message: warning, ...about });
}

/** Undefined when the engine refused: it is remembered and told. */
export async function remembering<T>(
  context: StepContext,
  what: string,
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (isAway(error)) throw error;
    const message = describeError(error);
    if (what === SANDBOX) {
      context.memory.failed(what, { reason: 'CreatePodSandboxError', message });
      const told = `Failed to create pod sandbox: ${message}`;
      context.emit({ type: 'Warning', reason: 'FailedCreatePodSandBox', message: told });
    } else {
      context.memory.failed(what, { reason: 'CreateContainerError', message });
      context.emit({ type: 'Warning', reason: 'Failed', message: `Error: ${message}`, container: what });
    }
    return undefined;
  }
}

export function isAway(error: unknown): boolean {
  return error instanceof EngineError && error.kind === 'unavailable';
}
