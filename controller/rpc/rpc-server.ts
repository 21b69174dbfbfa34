// The gRPC port: agents and operators on one TLS listener. Enrolment needs no certificate, sessions and streams need an
// agent's, the fleet's methods an operator's bearer token. All of them are served only while this controller leads.
// Tasks: one per session and per stream, all awaited when the server is disposed of.
import {
  logVerbosity,
  Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  setLogVerbosity,
  status,
} from '@grpc/grpc-js';
import type { AgentIdentity } from '../../common/agent-identity.ts';
import {
  type AttemptLimits,
  createAttemptLimiter,
  DEFAULT_ATTEMPT_LIMITS,
} from '../../common/attempt-limiter.ts';
import type { Clock } from '../../common/clock.ts';
import type { ClusterDns } from '../../common/cluster-dns.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { createYoungCollector } from '../../common/young-collector.ts';
import type { Diagnosis } from '../../proto/gen/longshore/v1/Diagnosis.ts';
import { MAX_MESSAGE_BYTES, type Wire } from '../../proto/wire.ts';
import type { AccessReviewer } from '../model/access.ts';
import type { FleetView } from '../reconcile/fleet-view.ts';
import type { AgentDirectory } from './agent-directory.ts';
import type { StreamCall } from './agent-stream.ts';
import { countedCall, type LongCall } from './counted-call.ts';
import { type CertificateIssuer, createEnrollment, type TokenRedeemer } from './enrollment.ts';
import { type AgentEditor, createFleet, type TokenIssuer } from './fleet.ts';
import { grpcStatus, statusName } from './grpc-error.ts';
import { createHealth, type HealthWatch } from './health.ts';
import { meteredBroker } from './metered-broker.ts';
import { peerAddress, requireAgent, requireCertificate, requireMember } from './peer.ts';
import { refuseSession } from './refuse-session.ts';
import { NO_METER, type RpcMeter } from './rpc-meter.ts';
import { createStreamedAnswers } from './server-stream.ts';
import {
  createSession,
  DEFAULT_SESSION_LIMITS,
  type Leadership,
  type SessionCall,
  type SessionLimits,
} from './session.ts';
import { createSessionDoor, NOT_LEADER } from './session-door.ts';
import { createSessionRegistry } from './session-registry.ts';
import { createStreamBroker, DEFAULT_STREAM_LIMITS, type StreamLimits } from './stream-broker.ts';
import { widenStreamWindows } from './stream-windows.ts';
import { createReplaceableCredentials, type RpcTls } from './tls-credentials.ts';

export interface RpcServer extends AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  /** From now on sessions are accepted in this term; undefined: no longer, and the live ones end. */
  setLeader(leadership: Leadership | undefined): void;
  /** New connections get this certificate; live ones go on. Throws `invalid` and keeps the last when it is no pair. */
  replaceTls(tls: RpcTls): void;
}

export interface RpcServerDeps {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly log: Log;
  readonly issuer: CertificateIssuer;
  readonly tokens: TokenRedeemer & TokenIssuer;
  readonly directory: AgentDirectory;
  readonly fleet: FleetView;
  readonly editor: AgentEditor;
  readonly diagnose: () => Promise<Diagnosis>;
  readonly reviewer: AccessReviewer;
  readonly meter?: RpcMeter;
}

export interface RpcServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: RpcTls;
  /** The node that shows the agent of this name. */
  readonly nodeOf: (agentName: string) => string;
  readonly clusterDns: ClusterDns;
  readonly advertiseAddress: string;
  readonly limits?: Partial<RpcLimits>;
}

export interface RpcLimits {
  readonly maxSessions: number;
  readonly session: SessionLimits;
  readonly stream: StreamLimits;
  readonly attempts: AttemptLimits;
  /** What operators may ask, per address and together. */
  readonly requests: AttemptLimits;
}

const DEFAULT_LIMITS: RpcLimits = {
  maxSessions: 5000,
  session: DEFAULT_SESSION_LIMITS,
  stream: DEFAULT_STREAM_LIMITS,
  attempts: DEFAULT_ATTEMPT_LIMITS,
  requests: { perPeer: { perSecond: 20, burst: 200 }, overall: { perSecond: 200, burst: 2000 } },
};

/** A slow line takes its time, and what is in the middle of it begins anew when the call ends. As long as kubelets let streams be. */
const MAX_PULL_MS = 4 * 3600 * 1000;

/** Of byte streams. */
const COLLECT_AFTER_BYTES = 2 * 1024 * 1024;

const CHANNEL_OPTIONS = {
  // Its books of every connection and call, which nobody reads.
  'grpc.enable_channelz': 0,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  // Of one agent: as many as the broker asks for, those that are ending, and its session.
  'grpc.max_concurrent_streams': 1024,
  // A half-dead link is found within 20 s, by either side.
  'grpc.keepalive_time_ms': 15_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // Agents always have a session; who connects and asks nothing is let go.
  'grpc.max_connection_idle_ms': 120_000,
} as const;

export async function startRpcServer(deps: RpcServerDeps, options: RpcServerOptions): Promise<RpcServer> {
  const { clock, log, wire, directory, meter = NO_METER } = deps;
  const limits: RpcLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const registry = createSessionRegistry(limits.maxSessions);
  const door = createSessionDoor(clock, limits.maxSessions);
  const stopping = new AbortController();
  const passed = createYoungCollector(COLLECT_AFTER_BYTES);
  const streams = meteredBroker(createStreamBroker(clock, limits.stream), meter, passed);
  const attempts = createAttemptLimiter(clock, limits.attempts);
  const requests = createAttemptLimiter(clock, limits.requests);
  const answers = createStreamedAnswers(deps);
  const enrollment = createEnrollment({
    ...deps,
    renewed: (agent, expiresAtMs) => registry.leadership?.observer.certified(agent, expiresAtMs),
    epoch: () => leading().epoch,
  });
  const fleet = createFleet({ ...deps, view: deps.fleet, advertiseAddress: options.advertiseAddress });
  const health = createHealth();
  const credentials = createReplaceableCredentials(options.tls);
  const tasks = new Set<Promise<void>>();
  // The library would write to stderr by itself what it also tells us.
  setLogVerbosity(logVerbosity.NONE);
  const windows = widenStreamWindows();
  const server = new Server(CHANNEL_OPTIONS);

  const own = (task: Promise<void>) => {
    tasks.add(task);
    void task.finally(() => tasks.delete(task));
  };
  const ownCounted = (call: LongCall, task: () => Promise<void>) => own(countedCall(call, task, meter));
  const leading = (): Leadership => {
    if (!registry.leadership) throw new LongshoreError('unavailable', NOT_LEADER);
    return registry.leadership;
  };
  const unary =
    <Request, Response>(
      admit: (peer: string) => void,
      answer: (call: ServerUnaryCall<Request, Response>) => Promise<Response>,
    ) =>
    (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>): void => {
      const ended = meter.called(call.getPath());
      const sinceMs = clock.monotonicMs();
      const work = async () => {
        admit(peerAddress(call));
        leading();
        return await answer(call);
      };
      const done = (code: status) => ended(statusName(code), clock.monotonicMs() - sinceMs);
      own(
        work().then(
          (response) => {
            done(status.OK);
            reply(null, response);
          },
          (error: unknown) => {
            if (!(error instanceof LongshoreError))
              log.error({ err: error, path: call.getPath() }, 'call failed');
            const answered = grpcStatus(error);
            done(answered.code);
            reply(answered);
          },
        ),
      );
    };

  async function connect(call: SessionCall): Promise<void> {
    try {
      const agent = requireCertificate(call);
      await door.enter(AbortSignal.any([stopping.signal, cancellation(call)]));
      const leadership = registry.admit();
      requireMember(agent, directory);
      const sessionDeps = {
        clock,
        log,
        directory,
        streams,
        registry,
        leadership,
        nodeName: options.nodeOf(agent.identity.name),
        clusterDns: options.clusterDns,
        meter,
      };
      await createSession(call, agent, { ...sessionDeps, limits: limits.session }).run();
    } catch (error) {
      const { epoch } = registry.leadership ?? {};
      const isRemoved = async (agent: AgentIdentity) => {
        attempts.admit(peerAddress(call));
        return await directory.isRemoved(agent);
      };
      await refuseSession(call, error, { directory: { isRemoved }, epoch, log });
    }
  }

  async function open(call: StreamCall): Promise<void> {
    try {
      leading();
      await streams.accept(call, requireAgent(call, directory));
    } catch (error) {
      call.emit('error', grpcStatus(error));
    }
  }

  const streaming =
    <Request, Message>(
      source: (
        call: ServerWritableStream<Request, Message>,
        signal: AbortSignal,
      ) => Promise<AsyncIterable<Message>>,
      maxLifeMs?: number,
    ) =>
    (call: ServerWritableStream<Request, Message>): void => {
      const begun = async (signal: AbortSignal) => {
        requests.admit(peerAddress(call));
        leading();
        return await source(call, signal);
      };
      ownCounted(call, () => answers.answer(call, begun, maxLifeMs));
    };

  server.addService(wire.enrollment, {
    Join: unary(attempts.admit, (call) => enrollment.join(call.request)),
    Renew: unary(attempts.admit, (call) => enrollment.renew(call.request, call)),
  });
  server.addService(wire.session, {
    Connect: (call: SessionCall) => ownCounted(call, () => connect(call)),
  });
  server.addService(wire.streams, { Open: (call: StreamCall) => ownCounted(call, () => open(call)) });
  server.addService(wire.fleet, {
    GetStatus: unary(requests.admit, (call) => fleet.getStatus(call.metadata)),
    ListAgents: unary(requests.admit, (call) => fleet.listAgents(call.request, call.metadata)),
    WatchAgents: streaming((call, signal) => fleet.watchAgents(call.request, call.metadata, signal)),
    WatchPods: streaming((call, signal) => fleet.watchPods(call.request, call.metadata, signal)),
    GetAgent: unary(requests.admit, (call) => fleet.getAgent(call.request, call.metadata)),
    UpdateAgent: unary(requests.admit, (call) => fleet.updateAgent(call.request, call.metadata)),
    RemoveAgent: unary(requests.admit, (call) => fleet.removeAgent(call.request, call.metadata)),
    ReadAgentLog: streaming((call, signal) => fleet.readAgentLog(call.request, call.metadata, signal)),
    ListPods: unary(requests.admit, (call) => fleet.listPods(call.request, call.metadata)),
    ExplainPod: unary(requests.admit, (call) => fleet.explainPod(call.request, call.metadata)),
    Diagnose: unary(requests.admit, (call) => fleet.diagnose(call.metadata)),
    PullImage: streaming((call, signal) => fleet.pullImage(call.request, call.metadata, signal), MAX_PULL_MS),
    PinImage: unary(requests.admit, (call) => fleet.pinImage(call.request, call.metadata)),
    ListImages: unary(requests.admit, (call) => fleet.listImages(call.request, call.metadata)),
    CreateToken: unary(requests.admit, (call) => fleet.createToken(call.request, call.metadata)),
  });
  server.addService(wire.health, {
    Check: (call: ServerUnaryCall<{ service: string }, object>, reply: sendUnaryData<object>) => {
      const answer = health.check(call.request.service);
      if (answer) reply(null, answer);
      else reply({ code: status.NOT_FOUND, details: 'no such service' });
    },
    Watch: (call: HealthWatch) => health.watch(call),
  });

  const port = await bind(server, options.listen, credentials.credentials);
  return {
    port,
    setLeader(leadership) {
      registry.setLeadership(leadership);
      if (leadership) own(door.open());
      else door.shut();
      if (!leadership) answers.endAll(new LongshoreError('unavailable', NOT_LEADER));
      health.setLeading(leadership !== undefined);
    },
    replaceTls: (tls) => credentials.replace(tls),
    async [Symbol.asyncDispose]() {
      door.shut();
      stopping.abort(new LongshoreError('unavailable', 'this controller is stopping'));
      registry.setLeadership(undefined);
      answers.endAll(new LongshoreError('unavailable', 'this controller is stopping'));
      await shutDown(server, clock);
      await Promise.allSettled(tasks);
      windows[Symbol.dispose]();
    },
  };
}

/** Aborts when the peer is gone. */
function cancellation(call: SessionCall): AbortSignal {
  const gone = new AbortController();
  const abort = () => gone.abort(new LongshoreError('cancelled', 'the agent is gone'));
  if (call.cancelled) abort();
  else call.once('cancelled', abort);
  return gone.signal;
}

function bind(
  server: Server,
  listen: RpcServerOptions['listen'],
  credentials: Parameters<Server['bindAsync']>[1],
): Promise<number> {
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${listen.port}`, credentials, (error, port) => {
      if (!error) return resolve(port);
      // The library wraps the reason in a list of attempts, and gives no code.
      const why = error.message.includes('EADDRINUSE') ? 'it is in use' : error.message;
      const where = `${host}:${listen.port}`;
      const message = `cannot listen for agents on ${where}: ${why}; choose another address with --grpc-listen`;
      reject(new LongshoreError('precondition', message));
    });
  });
}

/** Sessions have been told why they end; what has not left within a moment is cut. */
async function shutDown(server: Server, clock: Clock): Promise<void> {
  const quiet = new AbortController();
  const stopped = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const late = clock.sleep(500, quiet.signal).then(() => server.forceShutdown());
  await Promise.race([stopped, late]);
  quiet.abort();
  await late.catch(() => undefined);
  await stopped;
}
