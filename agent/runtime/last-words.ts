// A container's termination message, as the kubelet finds it: what it wrote into its file; failing that, and only where
// its pod asks for it, the end of its log; after the engine's own error, if there was one.
import type { Clock } from '../../common/clock.ts';
import type { Pod } from '../../common/pod.ts';
import { withinMs } from '../../common/time-limit.ts';
import { SANDBOX } from '../pod/names.ts';
import { podMembers } from '../pod/pod-containers.ts';
import type { EngineContainer } from './engine.ts';
import type { LogOptions } from './logs.ts';

/** Of one container, whatever its state; resolves when the engine has accepted. */
export type OpenContainerLogs = (options: LogOptions, signal: AbortSignal) => Promise<AsyncIterable<Buffer>>;

export interface TerminationMessages {
  /** Makes the empty file that the attempt may write; resolves with its path. */
  create(attempt: MessageSlot): Promise<string>;
  /** The end of it; empty when there is none. */
  read(attempt: MessageSlot, maxBytes: number): Promise<string>;
  /** Idempotent. */
  remove(podUid: string): Promise<void>;
}

export interface MessageSlot {
  readonly podUid: string;
  readonly container: string;
  readonly attempt: number;
}

export interface LastWordsDeps {
  readonly messages: Pick<TerminationMessages, 'read'>;
  readonly openContainerLogs: OpenContainerLogs;
  readonly clock: Clock;
}

const MAX_BYTES = 4096;
/** All of its containers share it. */
const MAX_POD_BYTES = 12 * 1024;
const LOG_LINES = 80;
const MAX_LOG_BYTES = 2048;
/** Nothing is done for the pod meanwhile, its end included. */
const MAX_LOG_MS = 10_000;

/** The container as it is, with its whole message where it has ended. */
export async function withLastWords(
  container: EngineContainer,
  pod: Pod,
  deps: LastWordsDeps,
  signal: AbortSignal,
): Promise<EngineContainer> {
  const { identity, state } = container;
  if (state.kind !== 'exited' || identity.container === SANDBOX) return container;
  const members = podMembers(pod);
  const spec = members.find((member) => member.spec.name === identity.container)?.spec;
  const written = await deps.messages.read(identity, MAX_BYTES);
  const wantsLog =
    written === '' &&
    spec?.terminationMessagePolicy === 'FallbackToLogsOnError' &&
    state.exitCode !== 0 &&
    state.reason !== 'ContainerCannotRun';
  const said = wantsLog
    ? await endOfLog({ containerId: container.id, tty: spec.tty ?? false }, deps, signal)
    : written;
  const whole = [state.message, said].filter((text) => text !== '').join(': ');
  const share = Math.floor(MAX_POD_BYTES / Math.max(1, members.length));
  const message = Buffer.from(whole).toString('utf8', 0, share);
  return { ...container, state: { ...state, message } };
}

async function endOfLog(
  ended: Pick<LogOptions, 'containerId' | 'tty'>,
  { openContainerLogs, clock }: LastWordsDeps,
  signal: AbortSignal,
): Promise<string> {
  const options = { ...ended, follow: false, live: false, timestamps: false, tailLines: LOG_LINES };
  let end: Buffer = Buffer.alloc(0);
  try {
    await withinMs({ ms: MAX_LOG_MS, clock, signal }, async (until) => {
      for await (const chunk of await openContainerLogs(options, until)) {
        end = Buffer.concat([end, chunk]).subarray(-MAX_LOG_BYTES);
      }
    });
  } catch {
    // A log that cannot be read must not keep an end from being told.
  }
  return end.toString('utf8');
}
