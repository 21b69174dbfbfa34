// One live session with an agent: what it says is decoded, put in order and told to the observer; what the reconcilers
// want sent goes through the outbox at the agent's pace. It ends once: when the stream breaks, when the agent is silent
// for too long, says something out of order, is no longer of the fleet, or is replaced. Ending tells the observer.
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import type { ClusterDns } from '../../common/cluster-dns.ts';
import { describeError, errorCode, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { readPaced } from '../../common/paced-read.ts';
import { createTokenBucket, type Rate } from '../../common/token-bucket.ts';
import type { AgentMessage__Output } from '../../proto/gen/longshore/v1/AgentMessage.ts';
import type { ControllerMessage } from '../../proto/gen/longshore/v1/ControllerMessage.ts';
import type { Hello__Output } from '../../proto/gen/longshore/v1/Hello.ts';
import { PROTOCOL_VERSION } from '../../proto/wire.ts';
import type { AgentLink, AgentObserver } from '../reconcile/agent-link.ts';
import type { AgentDirectory } from './agent-directory.ts';
import { type AgentSays, decodeAgentMessage } from './decode-session.ts';
import { grpcStatus } from './grpc-error.ts';
import { type CertifiedAgent, whyRevoked } from './peer.ts';
import type { RpcMeter } from './rpc-meter.ts';
import { createSessionEvents, type SessionEvents } from './session-events.ts';
import { createSessionLink } from './session-link.ts';
import { createSessionSender, type SessionSender } from './session-sender.ts';
import type { StreamBroker } from './stream-broker.ts';

export type SessionCall = ServerDuplexStream<AgentMessage__Output, ControllerMessage>;

export interface Leadership {
  readonly epoch: number;
  readonly observer: AgentObserver;
}

export interface SessionLimits {
  readonly heartbeatIntervalMs: number;
  /** A session from which nothing is heard for this long is dropped. */
  readonly silenceMs: number;
  /** Beyond it the agent is read more slowly. */
  readonly messages: Rate;
  readonly maxOutbox: number;
  /** Events being recorded; an agent keeps no more unacknowledged. */
  readonly maxEvents: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  heartbeatIntervalMs: 10_000,
  silenceMs: 30_000,
  messages: { perSecond: 500, burst: 5000 },
  maxOutbox: 20_000,
  maxEvents: 1000,
};

export interface SessionDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly directory: AgentDirectory;
  readonly streams: StreamBroker;
  readonly leadership: Leadership;
  /** The node that shows the agent. */
  readonly nodeName: string;
  readonly clusterDns: ClusterDns;
  readonly limits: SessionLimits;
  readonly meter: RpcMeter;
  readonly registry: {
    /** Hello is accepted: the session takes the place of any older one. Throws when the leadership has passed. */
    established(session: Session, leadership: Leadership): void;
    ended(session: Session): void;
  };
}

export interface Session {
  readonly agent: CertifiedAgent;
  readonly link: AgentLink;
  /** Ends it with this error as the agent sees it; idempotent. */
  end(error: LongshoreError): void;
  /** Resolves when it has ended. */
  run(): Promise<void>;
}

type Phase = 'hello' | 'facts' | 'open' | 'ended';

const ALIVE_EVERY_MS = 1000;
/** Nobody asks for more; what comes beyond it is not looked at. */
const METRICS: Rate = { perSecond: 1, burst: 5 };

export function createSession(call: SessionCall, agent: CertifiedAgent, deps: SessionDeps): Session {
  return new AgentSession(call, agent, deps);
}

class AgentSession implements Session {
  readonly agent: CertifiedAgent;
  readonly link: AgentLink;
  readonly #call: SessionCall;
  readonly #deps: SessionDeps;
  readonly #log: Log;
  readonly #sender: SessionSender;
  readonly #events: SessionEvents;
  /** By key; filled by the agent's Hello. */
  readonly #held = new Map<string, string>();
  readonly #ended = new AbortController();
  #phase: Phase = 'hello';
  /** Hello was accepted: the observer knows of the session and will hear of its end. */
  #connected = false;
  #countEnd: (code: string) => void = () => {};
  #heardAtMs: number;
  #aliveToldMs = Number.NEGATIVE_INFINITY;

  constructor(call: SessionCall, agent: CertifiedAgent, deps: SessionDeps) {
    const { limits, leadership, streams, clock } = deps;
    this.agent = agent;
    this.#call = call;
    this.#deps = deps;
    this.#log = deps.log.child({ agent: agent.identity.name });
    this.#heardAtMs = clock.monotonicMs();
    this.#sender = createSessionSender(call, limits.maxOutbox);
    this.#events = createSessionEvents({
      maxEvents: limits.maxEvents,
      record: (event) => leadership.observer.event(agent.identity, event),
      acknowledge: (sequence) => this.#send('event ack', () => ({ eventAck: { sequence } })),
      log: this.#log,
    });
    this.link = createSessionLink({
      ...{ agent, held: this.#held, streams },
      send: (key, message) => this.#send(key, message),
      end: (error) => this.end(error),
      ended: this.#ended.signal,
    });
  }

  async run(): Promise<void> {
    const call = this.#call;
    const onCancelled = () =>
      this.end(new LongshoreError('unavailable', 'the connection to the agent was lost'));
    call.on('cancelled', onCancelled);
    const parts = [this.#receive(), this.#sender.run(this.#ended.signal), this.#supervise()];
    await Promise.all(
      parts.map((part) => part.catch((error: unknown) => this.end(asSessionError(error, this.#log)))),
    );
    call.off('cancelled', onCancelled);
    await this.#events.settled();
  }

  end(error: LongshoreError): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    const reason = describeError(error);
    this.#ended.abort(error);
    this.#deps.registry.ended(this);
    if (!this.#call.cancelled) this.#call.emit('error', grpcStatus(error));
    if (!this.#connected) {
      this.#log.warn({ code: error.code, reason }, 'session refused');
      return;
    }
    this.#countEnd(error.code);
    this.#log.info({ code: error.code, reason }, 'session ended');
    this.#deps.leadership.observer.disconnected(this.link, reason);
  }

  #send(key: string, message: () => ControllerMessage): void {
    if (this.#phase === 'ended') return;
    try {
      this.#sender.put(key, message);
    } catch (error) {
      this.end(asSessionError(error, this.#log));
    }
  }

  async #receive(): Promise<void> {
    const { clock, limits, leadership } = this.#deps;
    const { signal } = this.#ended;
    const bucket = createTokenBucket(clock, limits.messages);
    const reports = createTokenBucket(clock, METRICS);
    // Not by the call's own iterator: it destroys the call at an error, and with it the status that waits behind a write.
    const messages = readPaced<AgentMessage__Output>(this.#call);
    for (let message = await messages.next(); message; message = await messages.next()) {
      if (signal.aborted) return;
      this.#heardAtMs = clock.monotonicMs();
      this.#requireMembership();
      if (!message.metrics || reports.tryTake()) await this.#hear(decodeAgentMessage(message));
      if (this.#connected && this.#heardAtMs - this.#aliveToldMs >= ALIVE_EVERY_MS) {
        this.#aliveToldMs = this.#heardAtMs;
        leadership.observer.alive(this.agent.identity);
      }
      while (!bucket.tryTake()) await clock.sleep(bucket.waitMs(), signal);
    }
    throw new LongshoreError('unavailable', 'the agent closed the session');
  }

  async #supervise(): Promise<void> {
    const { clock, limits } = this.#deps;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const leftMs = this.#heardAtMs + limits.silenceMs - clock.monotonicMs();
      if (leftMs <= 0) {
        const seconds = limits.silenceMs / 1000;
        throw new LongshoreError('unavailable', `nothing was heard of the agent for ${seconds} s`);
      }
      await clock.sleep(Math.min(leftMs, limits.heartbeatIntervalMs), signal);
      this.#requireMembership();
    }
  }

  #requireMembership(): void {
    const revoked = whyRevoked(this.agent, this.#deps.directory);
    if (revoked) throw new LongshoreError('unauthenticated', revoked);
  }

  async #hear(says: AgentSays): Promise<void> {
    const { observer } = this.#deps.leadership;
    const { identity } = this.agent;
    requireOrder(says.kind, this.#phase);
    this.#deps.meter.heard(says.kind);
    switch (says.kind) {
      case 'hello':
        await this.#accept(says.hello);
        break;
      case 'facts':
        this.#phase = 'open';
        observer.facts(identity, says.facts);
        break;
      case 'images':
        observer.images(identity, says.images);
        break;
      case 'report':
        observer.report(identity, says.uid, says.status);
        break;
      case 'gone':
        observer.gone(identity, says.uid, says.status);
        break;
      case 'event':
        this.#events.add(says.event);
        break;
      case 'heartbeat':
        observer.vitals(identity, says);
        break;
      case 'metrics':
        observer.metrics(this.link, says.families);
        break;
      case 'stats':
        observer.stats(identity, says.report);
        break;
      case 'unknown':
        break;
      default:
        says satisfies never;
    }
  }

  async #accept(hello: Hello__Output): Promise<void> {
    const { clock, limits, leadership, nodeName, clusterDns, registry, directory } = this.#deps;
    const { agentVersion, bootId } = hello;
    requireCompatible(hello, leadership.epoch);
    const podCidr = await directory.podCidr(this.agent.identity.name);
    if (this.#ended.signal.aborted) return;
    registry.established(this, leadership);
    this.#phase = 'facts';
    this.#connected = true;
    this.#countEnd = this.#deps.meter.sessionBegan();
    for (const { key, revision } of hello.held) this.#held.set(key, revision);
    this.#send('welcome', () => ({
      welcome: {
        protocolVersion: PROTOCOL_VERSION,
        epoch: leadership.epoch,
        timeMs: clock.now(),
        heartbeatIntervalMs: limits.heartbeatIntervalMs,
        nodeName,
        clusterDns: [...clusterDns.nameservers],
        clusterDomain: clusterDns.domain,
        podCidr,
      },
    }));
    this.#log.info({ version: agentVersion, bootId }, 'session established');
    leadership.observer.connected(this.link, { agentVersion, bootId });
    leadership.observer.certified(this.agent.identity, this.agent.expiresAtMs);
  }
}

function requireCompatible(hello: Hello__Output, epoch: number): void {
  if (Math.abs(hello.protocolVersion - PROTOCOL_VERSION) > 1) {
    throw new LongshoreError(
      'precondition',
      `protocol version ${hello.protocolVersion} of the agent does not go with ${PROTOCOL_VERSION} of the ` +
        'controller: upgrade the older of the two',
    );
  }
  if (hello.epochSeen > epoch) {
    throw new LongshoreError('unavailable', 'the agent has obeyed a newer leader than this one');
  }
}

/** One Hello, then the facts, then everything else; heartbeats and what a newer agent says may come in between. */
function requireOrder(kind: AgentSays['kind'], phase: Phase): void {
  if ((phase === 'hello') !== (kind === 'hello')) throw outOfOrder(kind, phase);
  const waitsForFacts = phase === 'facts' && kind !== 'unknown' && kind !== 'heartbeat';
  if (waitsForFacts && kind !== 'facts') throw outOfOrder(kind, phase);
}

function outOfOrder(kind: AgentSays['kind'], phase: Phase): LongshoreError {
  const expected =
    phase === 'hello' ? 'Hello comes first' : phase === 'facts' ? 'MachineFacts come after Hello' : '';
  return new LongshoreError(
    'invalid',
    `the agent sent '${kind}' out of order: ${expected || 'there is one Hello'}`,
  );
}

function asSessionError(error: unknown, log: Log): LongshoreError {
  if (error instanceof LongshoreError) return error;
  if (errorCode(error) === 'internal' && !isStreamError(error)) {
    log.error({ err: error }, 'session failed');
    return new LongshoreError('internal', 'internal error: see the log of the controller', { cause: error });
  }
  return new LongshoreError('unavailable', 'the connection to the agent was lost', { cause: error });
}

/** Errors of the stream itself carry a code, a gRPC status or one of Node's; the status we end a call with is no Error. */
function isStreamError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error;
}
