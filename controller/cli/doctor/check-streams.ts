// Streams: exec, attach and port-forward, each over SPDY and over WebSocket, and `logs -f`, through the API server and at the
// kubelet port itself; tried on a pod of the doctor's own.
import { describeError, errorCode } from '../../../common/errors.ts';
import type { Endpoint, StreamClient, StreamRoute, Transport } from '../stream-client.ts';
import { type Check, type DoctorContext, fail, MAY_NOT, ok, skip, warn } from './check.ts';
import { remedyFor } from './check-kubelet.ts';
import { LOG_CHECK } from './check-log.ts';
import type { ProbePod } from './probe-pod.ts';
import { type StreamTrial, streamFindings, type Trouble, troubleOf, type Way } from './stream-findings.ts';
import {
  attachPaths,
  containerPath,
  findWays,
  hasAgent,
  objectPath,
  type StreamWays,
} from './stream-ways.ts';

const pod: Check = {
  name: 'a pod of its own',
  hop: 'API server -> controller -> agent',
  needs: ['controller'],
  async run(context) {
    if (!hasAgent(context)) return skip('no agent is connected to run it');
    try {
      const { namespace, name, agent } = await context.probePod();
      return ok(`${namespace}/${name} runs on ${agent}, and goes when the doctor has done`);
    } catch (error) {
      if (context.signal?.aborted) throw error;
      const message = `streams are not looked at: ${describeError(error)}`;
      return errorCode(error) === 'forbidden'
        ? warn(message, 'use a kubeconfig that may make a pod there, such as the cluster administrator’s')
        : fail(message, 'see `longshore pods list`, and the logs of the controller and of the agent');
    }
  },
};

const port: Check = {
  name: 'kubelet port from here',
  hop: 'here -> kubelet port',
  needs: ['controller'],
  async run({ kubeletEndpoint }) {
    try {
      const { url } = await kubeletEndpoint();
      return ok(`${url} answers with the controller's certificate`);
    } catch (error) {
      const text = describeError(error);
      if (errorCode(error) === 'unavailable') return skip(`${text}: the API server's way is what counts`);
      if (errorCode(error) === 'forbidden') return warn(`not looked at: ${text}`, MAY_NOT);
      if (errorCode(error) !== 'unauthenticated') throw error;
      return fail(
        text,
        'see who answers at the node’s address: check --node-address, and that no other process has the port',
      );
    }
  },
};

/** How a stream is asked for at either server, and what came of it. */
interface StreamKind {
  readonly name: string;
  readonly apiPath: (pod: ProbePod) => string;
  readonly portPath: (pod: ProbePod) => string;
  /** Resolves with what is wrong with the answer. */
  readonly run: (
    client: StreamClient,
    route: StreamRoute,
    signal: AbortSignal,
  ) => Promise<string | undefined>;
}

/** Nothing of the doctor's pod listens on any. */
const PORT = 1;
const WORDS = 'longshore doctor was here';
const EITHER = ['SPDY', 'WebSocket'] as const;

const KINDS: readonly StreamKind[] = [
  {
    name: 'exec',
    apiPath: (pod) =>
      `${objectPath(pod)}/exec?container=${pod.container}&stdout=true&stderr=true&command=true`,
    portPath: (pod) => `/exec/${containerPath(pod)}?output=1&error=1&command=true`,
    async run(client, route, signal) {
      const { status, reason, message = '' } = await client.exec(route, signal);
      // The pod has no programs: that there is none came all the way from its agent.
      const isAnswered = reason === 'NonZeroExitCode' || /executable file not found/.test(message);
      if (status === 'Success' || isAnswered) return undefined;
      return message || `ended with ${reason ?? status ?? 'nothing'}`;
    },
  },
  {
    name: 'attach',
    ...{ apiPath: attachPaths.api, portPath: attachPaths.port },
    async run(client, route, signal) {
      await client.attach(route, { type: `${WORDS}\r`, see: WORDS }, signal);
      return undefined;
    },
  },
  {
    name: 'port-forward',
    apiPath: (pod) => `${objectPath(pod)}/portforward`,
    portPath: ({ namespace, name }) => `/portForward/${namespace}/${name}`,
    async run(client, route, signal) {
      const text = await client.forward(route, PORT, signal);
      // Nothing listens: that it is refused came all the way from the pod.
      return /refused/i.test(text) ? undefined : text || 'nothing was said of the refused port';
    },
  },
];

const streams: readonly Check[] = KINDS.map((kind) => ({
  name: kind.name,
  hop: 'API server -> kubelet port -> agent',
  needs: ['kubelet port', 'a pod of its own'],
  async run(context) {
    const ways = await findWays(context);
    if ('outcome' in ways) return ways;
    const trials: StreamTrial[] = [];
    for (const transport of EITHER) trials.push(await tryBoth(kind, transport, { ways, context }));
    return streamFindings(kind.name, trials, remedyFor);
  },
}));

async function tryBoth(
  kind: StreamKind,
  transport: Transport,
  { ways, context }: { readonly ways: StreamWays; readonly context: DoctorContext },
): Promise<StreamTrial> {
  const { pod, api, atPort } = ways;
  const tryAt = (way: Way, endpoint: Endpoint, path: string) =>
    tried(kind, { way, route: { endpoint, path, transport } }, context);
  return {
    transport,
    ...(atPort && { atPort: { trouble: await tryAt('kubelet port', atPort, kind.portPath(pod)) } }),
    throughApiServer: await tryAt('API server', api, kind.apiPath(pod)),
  };
}

const TRY_MS = 15_000;

async function tried(
  kind: StreamKind,
  { way, route }: { readonly way: Way; readonly route: StreamRoute },
  { streams, signal }: DoctorContext,
): Promise<Trouble | undefined> {
  const late = AbortSignal.timeout(TRY_MS);
  try {
    const text = await kind.run(await streams(), route, signal ? AbortSignal.any([signal, late]) : late);
    return text === undefined ? undefined : { text, isForbidden: false };
  } catch (error) {
    signal?.throwIfAborted();
    return troubleOf(error, way);
  }
}

export const STREAM_CHECKS: readonly Check[] = [pod, port, ...streams, LOG_CHECK];
