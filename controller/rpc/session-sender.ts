// What a session still has to say to its agent: put in order by the outbox, written at the agent's pace.
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { createOutbox } from '../../common/outbox.ts';
import { drained } from '../../common/paced-write.ts';
import type { AgentMessage__Output } from '../../proto/gen/longshore/v1/AgentMessage.ts';
import type { ControllerMessage } from '../../proto/gen/longshore/v1/ControllerMessage.ts';

export interface SessionSender {
  /** The newest message of a key replaces an unsent older one; made when it is its turn. Throws `exhausted` when full. */
  put(key: string, message: () => ControllerMessage): void;
  /** Writes until the signal aborts; rejects when a message cannot be made or written. */
  run(signal: AbortSignal): Promise<void>;
}

export function createSessionSender(
  call: ServerDuplexStream<AgentMessage__Output, ControllerMessage>,
  maxOutbox: number,
): SessionSender {
  const outbox = createOutbox<() => ControllerMessage>(maxOutbox);
  let wake: () => void = () => undefined;

  return {
    put(key, message) {
      outbox.put(key, message);
      wake();
    },
    async run(signal) {
      signal.addEventListener('abort', () => wake(), { once: true });
      while (!signal.aborted) {
        const next = outbox.take();
        if (!next) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if (!call.write(next())) await drained(call, signal);
      }
    },
  };
}
