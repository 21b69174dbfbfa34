// exec and attach: joins a client to the stream of its command at the agent, whatever framing the client speaks.
import { setImmediate as turnEnd } from 'node:timers/promises';
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import { commandProblem, type StreamOutput } from '../../common/stream-message.ts';
import type { AgentStream } from '../reconcile/agent-stream.ts';
import { type PodFinder, reachPod, runsContainer } from './found-pod.ts';
import type { Reply } from './reply.ts';
import type { Route } from './routes.ts';
import { type CommandClient, type CommandStreams, parseCommandStreams } from './stream/command-client.ts';
import type { CommandEnding } from './stream/command-status.ts';
import { negotiate } from './stream/negotiation.ts';
import type { ServeStream, StreamRequest } from './stream/serve.ts';
import { COMMAND_PROTOCOLS, openSpdyCommand } from './stream/spdy-command.ts';
import { type Upgrade, upgradeToSpdy, upgradeToWebSocket } from './stream/upgrade.ts';
import { COMMAND_SUBPROTOCOLS, FIRST_FORM, openWebSocketCommand } from './stream/websocket-command.ts';

export interface CommandDeps {
  readonly podFinder: PodFinder;
  readonly clock: Clock;
}

export type CommandRoute = Extract<Route, { kind: 'exec' | 'attach' }>;

const KNOWN = { spdy: COMMAND_PROTOCOLS, websocket: Object.keys(COMMAND_SUBPROTOCOLS) };

/** Resolves with the stream to be served, or the refusal; rejects with what the caller is to be told instead. */
export async function openCommand(
  route: CommandRoute,
  { request, query, signal }: StreamRequest,
  { podFinder, clock }: CommandDeps,
): Promise<Reply | ServeStream> {
  const streams = parseCommandStreams(query);
  if (!streams) return { status: 400, text: 'you must specify at least 1 of stdin, stdout, stderr' };
  const command = query.getAll('command');
  const problem = route.kind === 'exec' ? commandProblem(command) : undefined;
  if (problem) return { status: 400, text: problem };
  const agreement = negotiate(request.headers, KNOWN);
  if (agreement.kind === 'refused') return agreement.reply;
  const { kind, protocol } = agreement;
  const { pod, link } = reachPod(podFinder, route);
  const { tty, ...channels } = streams;
  const asked = { podUid: pod.metadata.uid, container: route.container, ...channels };
  const opening = link.openStream(
    route.kind === 'exec' ? { exec: { ...asked, command, tty } } : { attach: asked },
    signal,
  );
  // The client of a container that was last seen running need not wait for its agent to open its own streams.
  await (runsContainer(pod, route.container) ? refusedAtOnce(opening) : opening);
  const told = TOLD[route.kind];
  return async (upgrade) => {
    const client = await (kind === 'spdy'
      ? overSpdy(upgrade, { streams, protocol }, clock)
      : overWebSocket(upgrade, { streams, protocol }, clock));
    await joinCommand(client, { opening, told, ...streams });
  };
}

/** What is refused before anything else happens can be answered in HTTP; later, it is told as any failure is. */
async function refusedAtOnce(opening: Promise<AgentStream>): Promise<void> {
  opening.catch(() => undefined);
  await Promise.race([opening, turnEnd()]);
}

interface Told {
  /** What went wrong when there is no more to tell, as a kubelet has it. */
  readonly failed: string;
  /** An agent's stream that ends well without an exit code. */
  readonly silent: CommandEnding;
}

const TOLD: Readonly<Record<CommandRoute['kind'], Told>> = {
  exec: {
    failed: 'error executing command in container',
    silent: { kind: 'failed', message: 'nobody knows how the command ended' },
  },
  attach: { failed: 'error attaching to container', silent: { kind: 'detached' } },
};

interface Asked {
  readonly streams: CommandStreams;
  readonly protocol: string | undefined;
}

function overSpdy(upgrade: Upgrade, { streams, protocol }: Asked, clock: Clock): Promise<CommandClient> {
  const version = COMMAND_PROTOCOLS.find((known) => known === protocol) ?? 'channel.k8s.io';
  return openSpdyCommand(upgradeToSpdy(upgrade, protocol), { streams, protocol: version }, clock);
}

async function overWebSocket(
  upgrade: Upgrade,
  { streams, protocol }: Asked,
  clock: Clock,
): Promise<CommandClient> {
  const form = COMMAND_SUBPROTOCOLS[protocol ?? ''] ?? FIRST_FORM;
  return openWebSocketCommand(await upgradeToWebSocket(upgrade, protocol), { streams, form }, clock);
}

interface Joined {
  readonly opening: Promise<AgentStream>;
  readonly stdin: boolean;
  readonly told: Told;
}

/** Begins the command once its agent has accepted it; resolves when it has ended and the client is gone. */
async function joinCommand(client: CommandClient, { opening, stdin, told }: Joined): Promise<void> {
  const begun = opening.then(begin);
  const fed = begun.then(
    (stream) => Promise.all([feedSizes(client, stream), stdin ? feedStdin(client, stream) : undefined]),
    () => undefined,
  );
  // The client's end ends what it feeds.
  await client.end(await outcome(client, begun, told));
  await fed;
}

async function begin(stream: AgentStream): Promise<AgentStream> {
  await stream.send({ kind: 'begin' });
  return stream;
}

async function outcome(
  client: CommandClient,
  begun: Promise<AgentStream>,
  { failed, silent }: Told,
): Promise<CommandEnding> {
  let ending = silent;
  try {
    const { output } = await begun;
    for await (const message of output) ending = (await deliver(message, client)) ?? ending;
    return ending;
  } catch (error) {
    return { kind: 'failed', message: `${failed}: ${describeError(error)}` };
  }
}

async function deliver(message: StreamOutput, client: CommandClient): Promise<CommandEnding | undefined> {
  switch (message.kind) {
    case 'data':
      await client.stdout(message.data);
      return undefined;
    case 'stderr':
      await client.stderr(message.data);
      return undefined;
    case 'exit':
      return { kind: 'exited', code: message.code };
    case 'eof':
      return undefined;
    default:
      return message satisfies never;
  }
}

/** A client that breaks off has no more to say either: a command that reads to the end shall come to it. */
async function feedStdin({ stdin }: CommandClient, stream: AgentStream): Promise<void> {
  try {
    for await (const data of stdin) await stream.send({ kind: 'data', data });
  } catch {
    // Its connection's end is seen where it is waited for.
  }
  await stream.send({ kind: 'eof' }).catch(() => undefined);
}

async function feedSizes({ sizes }: CommandClient, stream: AgentStream): Promise<void> {
  try {
    for await (const size of sizes) await stream.send({ kind: 'resize', size });
  } catch {
    // As above.
  }
}
