// Writes agents' statuses. Holds the newest wish per agent until the object shows it.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { createWake } from '../../common/wake.ts';
import type { Agent, AgentStatus } from '../model/agent.ts';
import { isSameJson } from '../model/same-json.ts';
import type { AgentWriter } from '../reconcile/agent-writer.ts';
import { isTransient } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { mergePatch } from './merge-patch.ts';
import { agentPath } from './resource-path.ts';

export interface AgentStatusWriterOptions {
  readonly client: KubeClient;
  /** The newest object of this name. */
  readonly find: (name: string) => Agent | undefined;
  /** What a write has made; from then on `find` returns nothing older. */
  readonly onWritten: (agent: Agent) => void;
}

export interface AgentStatusWriter extends Pick<AgentWriter, 'publishStatus'> {
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** The object is gone for good. */
  forget(uid: string): void;
}

const SPACING_MS = 10_000;
const RETRY_MS = 2000;
/** The same thing again, which was refused: what refused it may have been put right meanwhile. */
const REFUSED_RETRY_MS = 60_000;
const IDLE_MS = 60_000;

interface Wish {
  readonly name: string;
  readonly status: AgentStatus;
  /** This very one was refused: not before this, on the monotonic clock. */
  readonly notBeforeMs?: number;
}

export function createAgentStatusWriter(
  { client, find, onWritten }: AgentStatusWriterOptions,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): AgentStatusWriter {
  const wake = createWake(clock);
  const wishes = new Map<string, Wish>();
  const writtenAtMs = new Map<string, number>();
  /** After a failure: not before this, on the monotonic clock, whatever is wished for meanwhile. */
  const notBeforeMs = new Map<string, number>();

  /** When this wish may be written; undefined when there is nothing (left) to write. */
  const dueAtMs = (uid: string, { name, status, notBeforeMs: refusedMs = 0 }: Wish): number | undefined => {
    const agent = find(name);
    if (agent?.metadata.uid !== uid || isSameJson(agent.status, status)) return undefined;
    const afterFailureMs = Math.max(notBeforeMs.get(uid) ?? 0, refusedMs);
    if (readyOf(agent.status) !== readyOf(status)) return afterFailureMs;
    return Math.max(afterFailureMs, (writtenAtMs.get(uid) ?? Number.NEGATIVE_INFINITY) + SPACING_MS);
  };

  const write = async (uid: string, wish: Wish, signal: AbortSignal): Promise<void> => {
    const current = find(wish.name);
    const patch = mergePatch({ ...current?.status }, { ...wish.status });
    writtenAtMs.set(uid, clock.monotonicMs());
    try {
      const written = await client.request<Agent>({
        method: 'PATCH',
        path: agentPath(wish.name, 'status'),
        contentType: 'application/merge-patch+json',
        body: { metadata: { uid }, status: patch ?? {} },
        signal,
      });
      onWritten(written);
      notBeforeMs.delete(uid);
      if (wishes.get(uid) === wish) wishes.delete(uid);
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ agent: wish.name, error: describeError(error) }, 'cannot write the status of an agent');
      const nowMs = clock.monotonicMs();
      const isRefused = !isTransient(error);
      notBeforeMs.set(uid, nowMs + (isRefused ? SPACING_MS : RETRY_MS));
      if (isRefused && wishes.get(uid) === wish) {
        wishes.set(uid, { ...wish, notBeforeMs: nowMs + REFUSED_RETRY_MS });
      }
    }
  };

  /** Writes what is due; returns how long until something else may be. */
  const pass = async (signal: AbortSignal): Promise<number> => {
    const nowMs = clock.monotonicMs();
    const due: [string, Wish][] = [];
    let nextMs = nowMs + IDLE_MS;
    for (const [uid, wish] of wishes) {
      const atMs = dueAtMs(uid, wish);
      if (atMs === undefined) wishes.delete(uid);
      else if (atMs <= nowMs) due.push([uid, wish]);
      else nextMs = Math.min(nextMs, atMs);
    }
    await Promise.all(due.map(([uid, wish]) => write(uid, wish, signal)));
    return due.length > 0 ? 0 : nextMs - nowMs;
  };

  return {
    publishStatus({ name, uid }, status) {
      wishes.set(uid, { name, status });
      wake.raise();
    },
    forget(uid) {
      wishes.delete(uid);
      writtenAtMs.delete(uid);
      notBeforeMs.delete(uid);
    },
    async run(signal) {
      while (!signal.aborted) {
        const waitMs = await pass(signal);
        if (waitMs > 0) await wake.wait(waitMs, signal);
      }
    },
  };
}

function readyOf(status: AgentStatus | undefined): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}
