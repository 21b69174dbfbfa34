// A leader of an earlier term at the fleet's own address, with a certificate of the fleet's own CA: what a controller is
// that was cut off and does not know yet that another leads. Before its greeting it says something of a version to come.
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { CONTROLLER_SERVER_NAME } from '../../common/names.ts';
import type { Pod } from '../../common/pod.ts';
import type { AgentMessage__Output } from '../../proto/gen/longshore/v1/AgentMessage.ts';
import type { ControllerMessage } from '../../proto/gen/longshore/v1/ControllerMessage.ts';
import { loadWire, PROTOCOL_VERSION } from '../../proto/wire.ts';
import { EARLIER_EPOCH, type FleetOfOne } from './fleet-of-one.ts';

export interface OtherLeader {
  /** How many sessions the provider has left. */
  readonly left: number;
  /** What it said, in all sessions. */
  readonly heard: readonly AgentMessage__Output[];
}

/** Field 99, of two bytes: no member of the message's oneof today. */
const OF_A_VERSION_TO_COME = Buffer.from([0x9a, 0x06, 0x02, 0x68, 0x69]);

/** A leader that wishes for this pod in each of its sessions. */
export function wishesFor(pod: Pod): readonly ControllerMessage[] {
  const welcome = {
    ...{ protocolVersion: PROTOCOL_VERSION, epoch: EARLIER_EPOCH, timeMs: Date.now() },
    ...{ heartbeatIntervalMs: 500, nodeName: 'longshore' },
  };
  const upsert = { uid: pod.metadata.uid, podJson: Buffer.from(JSON.stringify(pod)) };
  return [{ welcome }, { upsert }, { snapshotComplete: {} }];
}

/** One that knows of no such agent. */
export const REMOVES: readonly ControllerMessage[] = [
  { removed: { epoch: EARLIER_EPOCH, reason: 'it is not of this fleet' } },
];

/** The fleet's controller must be away. It says this in each of its sessions. */
export async function withOtherLeader(
  fleet: FleetOfOne,
  says: readonly ControllerMessage[],
  use: (leader: OtherLeader) => Promise<void>,
): Promise<void> {
  const leader = { left: 0, heard: [] as AgentMessage__Output[] };
  const { certificatePem, keyPem } = await fleet.authority.issueServing({
    dnsNames: [CONTROLLER_SERVER_NAME],
    ipAddresses: ['127.0.0.1'],
  });
  const { session } = loadWire();
  const serialize = session.Connect.responseSerialize;
  const raw = (message: ControllerMessage | Buffer) =>
    Buffer.isBuffer(message) ? message : serialize(message);
  const server = new Server();
  server.addService(
    { Connect: { ...session.Connect, responseSerialize: raw } },
    {
      Connect(call: ServerDuplexStream<AgentMessage__Output, ControllerMessage | Buffer>) {
        call.on('data', (message: AgentMessage__Output) => leader.heard.push(message));
        call.on('error', () => {});
        call.on('cancelled', () => {
          leader.left += 1;
        });
        call.write(OF_A_VERSION_TO_COME);
        for (const message of says) call.write(message);
      },
    },
  );
  const ca = Buffer.from(fleet.authority.caPem);
  const pair = { private_key: Buffer.from(keyPem), cert_chain: Buffer.from(certificatePem) };
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(fleet.address, ServerCredentials.createSsl(ca, [pair], true), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  try {
    await use(leader);
  } finally {
    server.forceShutdown();
  }
}
