// A leader of an earlier term at the fleet's own address, with a certificate of the fleet's own CA: what a controller is
// that was cut off and does not know yet that another leads. Before its greeting it says something of a version to come.
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import type { Pod } from '../../common/pod.ts';
import type { AgentMessage__Output } from '../../proto/gen/longshore/v1/AgentMessage.ts';
import type { ControllerMessage } from '../../proto/gen/longshore/v1/ControllerMessage.ts';
import type { Hello__Output } from '../../proto/gen/longshore/v1/Hello.ts';
import { loadWire, PROTOCOL_VERSION } from '../../proto/wire.ts';
import { EARLIER_EPOCH, type FleetOfOne } from './fleet-of-one.ts';
import { startOtherServer } from './other-server.ts';

export interface OtherLeader {
  /** How many sessions the provider has left, or was refused. */
  readonly left: number;
  /** What it said, in all sessions. */
  readonly heard: readonly AgentMessage__Output[];
  readonly hello: Hello__Output | undefined;
}

/** What it says in each session, or that it refuses all. */
export type Manner = readonly ControllerMessage[] | 'refuses';

/** Field 99, of two bytes: no member of the message's oneof today. */
const OF_A_VERSION_TO_COME = Buffer.from([0x9a, 0x06, 0x02, 0x68, 0x69]);

/** A leader that wishes for this pod and no other. */
export function wishesFor(pod: Pod): Manner {
  const welcome = {
    ...{ protocolVersion: PROTOCOL_VERSION, epoch: EARLIER_EPOCH, timeMs: Date.now() },
    ...{ heartbeatIntervalMs: 500, nodeName: 'longshore' },
  };
  const upsert = { uid: pod.metadata.uid, podJson: Buffer.from(JSON.stringify(pod)) };
  return [{ welcome }, { upsert }, { snapshotComplete: {} }];
}

/** One that knows of no such agent. */
export const REMOVES: Manner = [{ removed: { epoch: EARLIER_EPOCH, reason: 'it is not of this fleet' } }];

/** The fleet's controller must be away. */
export async function withOtherLeader(
  fleet: FleetOfOne,
  manner: Manner,
  use: (leader: OtherLeader) => Promise<void>,
): Promise<void> {
  const heard: AgentMessage__Output[] = [];
  let left = 0;
  const { session } = loadWire();
  const serialize = session.Connect.responseSerialize;
  const raw = (message: ControllerMessage | Buffer) =>
    Buffer.isBuffer(message) ? message : serialize(message);
  using _server = await startOtherServer({
    ...{ listen: fleet.address, authority: fleet.authority },
    service: { Connect: { ...session.Connect, responseSerialize: raw } },
    answers: {
      Connect(call: ServerDuplexStream<AgentMessage__Output, ControllerMessage | Buffer>) {
        if (manner === 'refuses') {
          left += 1;
          call.emit('error', { code: status.UNAUTHENTICATED, details: 'no such agent' });
          return;
        }
        call.on('data', (message: AgentMessage__Output) => heard.push(message));
        call.on('error', () => {});
        call.on('cancelled', () => {
          left += 1;
        });
        call.write(OF_A_VERSION_TO_COME);
        for (const message of manner) call.write(message);
      },
    },
  });
  await use({
    heard,
    get left() {
      return left;
    },
    get hello() {
      return heard.find(({ hello }) => hello)?.hello ?? undefined;
    },
  });
}
