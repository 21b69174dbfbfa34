// Counts streams: those asked for, those open, those that did not come about, and what they carry both ways.
import { errorCode } from '../../common/errors.ts';
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import type { AgentStream } from '../reconcile/agent-stream.ts';
import type { RpcMeter, StreamMeter } from './rpc-meter.ts';
import type { StreamBroker } from './stream-broker.ts';

/** `passed` is told of all bytes carried, either way. */
export function meteredBroker(
  broker: StreamBroker,
  meter: Pick<RpcMeter, 'streamAsked'>,
  passed: (bytes: number) => void,
): StreamBroker {
  return {
    async open(agent, signal, ask) {
      const counts = meter.streamAsked(ask.kind);
      const carried: StreamMeter['carried'] = (direction, bytes) => {
        counts.carried(direction, bytes);
        passed(bytes);
      };
      let isOpen = true;
      const released = () => {
        if (isOpen) counts.ended();
        isOpen = false;
      };
      try {
        return meteredStream(await broker.open(agent, signal, { ...ask, released }), carried);
      } catch (error) {
        released();
        counts.refused(errorCode(error));
        throw error;
      }
    },
    accept: (call, agent) => broker.accept(call, agent),
    get size() {
      return broker.size;
    },
  };
}

function meteredStream({ output, send }: AgentStream, carried: StreamMeter['carried']): AgentStream {
  return {
    output: counted(output, carried),
    send(input: StreamInput) {
      if (input.kind === 'data') carried('in', input.data.byteLength);
      return send(input);
    },
  };
}

async function* counted(
  output: AsyncIterable<StreamOutput>,
  carried: StreamMeter['carried'],
): AsyncGenerator<StreamOutput> {
  for await (const message of output) {
    if ('data' in message) carried('out', message.data.byteLength);
    yield message;
  }
}
