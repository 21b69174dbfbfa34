// port-forward: joins each connection of a client to one that the pod's agent makes, whatever framing the client speaks. One
// that fails is told so and ends none of the others.
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { Pod } from '../../common/pod.ts';
import type { AgentStream } from '../reconcile/agent-stream.ts';
import { type PodFinder, reachPod } from './found-pod.ts';
import type { Reply } from './reply.ts';
import type { Route } from './routes.ts';
import type { ForwardedConnection, ServeConnection } from './stream/forwarded-connection.ts';
import { negotiate } from './stream/negotiation.ts';
import type { ServeStream, StreamRequest } from './stream/serve.ts';
import { FORWARD_PROTOCOL, runSpdyForward } from './stream/spdy-forward.ts';
import { upgradeToSpdy, upgradeToTunnel, upgradeToWebSocket } from './stream/upgrade.ts';
import {
  FIRST_FORWARD_FORM,
  FORWARD_SUBPROTOCOLS,
  parseForwardPorts,
  runWebSocketForward,
} from './stream/websocket-forward.ts';

export interface PortForwardDeps {
  readonly podFinder: PodFinder;
  readonly clock: Clock;
}

/** The frames of a SPDY session as the messages of a WebSocket. */
const TUNNEL_PROTOCOL = `SPDY/3.1+${FORWARD_PROTOCOL}`;

const KNOWN = {
  spdy: [FORWARD_PROTOCOL],
  websocket: [TUNNEL_PROTOCOL, ...Object.keys(FORWARD_SUBPROTOCOLS)],
};

/** Resolves with the stream to be served, or the refusal; rejects with what the caller is to be told instead. */
export async function openPortForward(
  route: Extract<Route, { kind: 'portForward' }>,
  { request, query, signal }: StreamRequest,
  { podFinder, clock }: PortForwardDeps,
): Promise<Reply | ServeStream> {
  const agreement = negotiate(request.headers, KNOWN);
  if (agreement.kind === 'refused') return agreement.reply;
  const { kind, protocol } = agreement;
  const { pod } = reachPod(podFinder, route);
  refuseEnded(pod);
  const { namespace, name, uid } = pod.metadata;
  const serve: ServeConnection = (connection) => {
    const until = AbortSignal.any([signal, connection.closed]);
    const open = async () => {
      // As it is now: a session may outlive its agent's.
      const { link } = reachPod(podFinder, { namespace, pod: name, uid });
      return link.openStream({ portForward: { podUid: uid, port: connection.port } }, until);
    };
    const what = `error forwarding port ${connection.port} to pod ${name}, uid ${uid}`;
    return joinConnection(connection, open, { what, until });
  };
  if (kind === 'spdy') return (upgrade) => runSpdyForward(upgradeToSpdy(upgrade, protocol), serve, clock);
  if (protocol === TUNNEL_PROTOCOL)
    return async (upgrade) => runSpdyForward(await upgradeToTunnel(upgrade, protocol), serve, clock);
  const form = FORWARD_SUBPROTOCOLS[protocol ?? ''] ?? FIRST_FORWARD_FORM;
  const ports = parseForwardPorts(query, form);
  return async (upgrade) =>
    runWebSocketForward(await upgradeToWebSocket(upgrade, protocol), { ports, form, serve }, clock);
}

function refuseEnded({ metadata, status }: Pod): void {
  if (status?.phase !== 'Succeeded' && status?.phase !== 'Failed') return;
  const text = `pod ${JSON.stringify(metadata.name)} is not running, it has ended (${status.phase})`;
  throw new LongshoreError('precondition', text);
}

async function joinConnection(
  connection: ForwardedConnection,
  open: () => Promise<AgentStream>,
  { what, until }: { readonly what: string; readonly until: AbortSignal },
): Promise<void> {
  try {
    const stream = await open();
    const fed = feed(connection, stream);
    for await (const message of stream.output) {
      if (message.kind === 'data') await connection.write(message.data);
      if (message.kind === 'eof') await connection.endOutput();
    }
    await connection.end();
    await fed;
  } catch (error) {
    await connection.end(until.aborted ? undefined : `${what}: ${describeError(error)}`);
  }
}

/** A client that breaks off says nothing more, not even that it has no more. */
async function feed({ input }: ForwardedConnection, stream: AgentStream): Promise<void> {
  try {
    for await (const data of input) await stream.send({ kind: 'data', data });
    await stream.send({ kind: 'eof' });
  } catch {
    // Its connection's end is seen where it is waited for.
  }
}
