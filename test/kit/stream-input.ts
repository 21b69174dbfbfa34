// The client's side of a stream, for tests of what serves it: messages are sent when the test says so, and wait for their
// reader.
import type { StreamInput } from '../../common/stream-message.ts';

export interface InputFeed {
  readonly messages: AsyncIterable<StreamInput>;
  send(message: StreamInput): void;
  /** The client is gone. */
  end(): void;
}

export function createInput(): InputFeed {
  const waiting: StreamInput[] = [];
  let ended = false;
  let wake: () => void = () => undefined;
  return {
    messages: (async function* () {
      for (;;) {
        const next = waiting.shift();
        if (next) yield next;
        else if (ended) return;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    })(),
    send(message) {
      waiting.push(message);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
  };
}
