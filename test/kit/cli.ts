// The `longshore` command line in this process, against a Fleet service on a real socket that answers what the test says,
// and an API server in memory.
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import { PLACED_CONDITION } from '../../common/names.ts';
import type { Pod } from '../../common/pod.ts';
import type { Cluster, ClusterEvent, ClusterSecret } from '../../controller/cli/cluster.ts';
import type { CliDeps } from '../../controller/cli/deps.ts';
import type { ConnectionInfo } from '../../controller/cli/operator-access.ts';
import { createCliProgram, runProgram } from '../../controller/cli/program.ts';
import type { StreamClient } from '../../controller/cli/stream-client.ts';
import { loadWire } from '../../proto/wire.ts';
import type { KeyPair } from './certificates.ts';
import { ManualClock } from './manual-clock.ts';

export const OPERATOR_TOKEN = 'operator-token';

/** A handler of a streaming method takes the call and ends it itself. */
export type Handler = (
  request: never,
  call: ServerUnaryCall<unknown, unknown> & ServerWritableStream<unknown, unknown>,
) => unknown;

export interface FleetServer extends AsyncDisposable {
  readonly address: string;
}

export async function serveFleet(handlers: Record<string, Handler>, pair: KeyPair): Promise<FleetServer> {
  const { fleet } = loadWire();
  const server = new Server();
  const admit = (call: Pick<ServerUnaryCall<unknown, unknown>, 'metadata'>) => {
    const [authorization] = call.metadata.get('authorization');
    if (authorization === `Bearer ${OPERATOR_TOKEN}`) return;
    const code = status.UNAUTHENTICATED;
    throw Object.assign(new Error(), { code, details: 'the token has expired' });
  };
  const unary =
    (handler: Handler): handleUnaryCall<unknown, unknown> =>
    (call, callback) => {
      Promise.resolve()
        .then(() => {
          admit(call);
          return handler(call.request as never, call as never);
        })
        .then(
          (answer) => callback(null, answer as object),
          (error) => callback(error),
        );
    };
  const streaming =
    (handler: Handler): handleServerStreamingCall<unknown, unknown> =>
    (call) => {
      try {
        admit(call);
        void handler(call.request as never, call as never);
      } catch (error) {
        call.emit('error', error);
      }
    };
  const implementation: UntypedServiceImplementation = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => {
      const isStream = fleet[name]?.responseStream === true;
      return [name, isStream ? streaming(handler) : unary(handler)];
    }),
  );
  server.addService(fleet, implementation);
  const keys = { private_key: Buffer.from(pair.keyPem), cert_chain: Buffer.from(pair.certPem) };
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, [keys]), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

export interface MemoryCluster {
  readonly events?: readonly ClusterEvent[];
  readonly pods?: readonly Pod[];
  /** By namespace and name. */
  readonly secrets?: Readonly<Record<string, ClusterSecret>>;
  /** The resource that the user may do nothing with. */
  readonly forbidden?: string;
  /** What the kubelet port's answers fail with. */
  readonly kubelet?: Error;
  /** What every question fails with. */
  readonly failure?: Error;
}

export function memoryCluster(memory: MemoryCluster = {}): Cluster {
  const { events = [], pods = [], forbidden, kubelet, failure } = memory;
  let made: Pod[] = [];
  const selected = (namespace: string | undefined, fields = '') => {
    if (failure) throw failure;
    const wanted = fields
      .split(',')
      .filter(Boolean)
      .map((one) => one.split('='));
    const values = ({ kind, name, objectUid, namespace: within }: ClusterEvent): Record<string, string> => ({
      'involvedObject.kind': kind,
      'involvedObject.name': name,
      'involvedObject.uid': objectUid,
      'involvedObject.namespace': within,
    });
    return events.filter((event) => {
      const inNamespace = namespace === undefined || event.namespace === namespace;
      return inNamespace && wanted.every(([key = '', value]) => values(event)[key] === value);
    });
  };
  return {
    events: async ({ namespace, fields }) => selected(namespace, fields),
    async followEvents({ namespace, fields }, told, signal) {
      told(selected(namespace, fields));
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
    async version() {
      if (failure) throw failure;
      return 'v1.36.3';
    },
    may: async ({ resource }) => ({ allowed: resource !== forbidden, reason: '' }),
    async nodeProxy() {
      if (kubelet instanceof Error) throw kubelet;
      return 'ok';
    },
    async createPod({ metadata, spec }) {
      const containerStatuses = spec.containers.map(({ name, image = '' }) => ({
        ...{ name, image, imageID: '', ready: true, restartCount: 0 },
        state: { running: { startedAt: '2026-11-24T12:00:00Z' } },
      }));
      const conditions = [{ type: PLACED_CONDITION, status: 'True', message: 'agent=garage-pi uid=u-1' }];
      made.push({
        metadata: { ...metadata, uid: 'u-doctor' },
        ...{ spec, status: { phase: 'Running', containerStatuses, conditions } },
      });
    },
    async deletePod(_namespace, name) {
      made = made.filter(({ metadata }) => metadata.name !== name);
    },
    kubeletAddress: async () => undefined,
    endpoint: async () => ({ url: 'https://api.example:6443', headers: {}, tls: {} }),
    async secret(namespace, name) {
      if (failure) throw failure;
      return memory.secrets?.[`${namespace}/${name}`];
    },
    async pod(namespace, name) {
      if (failure) throw failure;
      return [...pods, ...made].find(
        ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
      );
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

const STREAMS: StreamClient = {
  followLog: async () => ({ line: async () => {}, end: async () => {}, [Symbol.dispose]: () => {} }),
  exec: async () => ({ status: 'Success' }),
  attach: async () => {},
  forward: async () => 'connection refused',
};

export interface CliRun {
  readonly info: ConnectionInfo;
  readonly cluster?: Cluster;
  /** Default: all streams come through. */
  readonly streams?: StreamClient;
  readonly clock?: Clock;
  /** What the person answers; nobody is there without it. */
  readonly answer?: boolean;
  /** Standard output is a terminal. */
  readonly isTTY?: boolean;
  readonly env?: CliDeps['env'];
  readonly signal?: AbortSignal;
  /** Told at each piece of output and of errors, with all of the output so far. */
  readonly onOutput?: (soFar: string) => void;
}

/** What it printed and how it ended. */
export async function runCli(argv: readonly string[], run: CliRun) {
  const [out, err]: [string[], string[]] = [[], []];
  const stderr = {
    write(text: string) {
      err.push(text);
      run.onOutput?.(out.join(''));
    },
  };
  const program = createCliProgram({
    operatorAccess: () => ({ connectionInfo: async () => run.info }),
    cluster: async () => run.cluster ?? memoryCluster(),
    streamClient: async () => run.streams ?? STREAMS,
    stdout: {
      write(text) {
        out.push(text);
        run.onOutput?.(out.join(''));
      },
      ...(run.isTTY && { isTTY: true }),
    },
    stderr,
    async confirm(question) {
      if (run.answer === undefined) throw new LongshoreError('precondition', `${question} say --yes`);
      err.push(`${question} ${run.answer ? 'yes' : 'no'}\n`);
      return run.answer;
    },
    clock: run.clock ?? new ManualClock(),
    env: run.env ?? {},
    ...(run.signal && { signal: run.signal }),
  });
  const code = await runProgram(program, argv, { stderr });
  return { code, out: out.join(''), err: err.join('') };
}
