// One live session with an agent: what it says is decoded, put in order and told to the observer; what the reconcilers
// want sent goes through the outbox at the agent's pace. It ends once: when the stream breaks, when the agent is silent
// for too long, says something out of order, is no longer of the fleet, or is replaced. Ending tells the observer.
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import { describeError, errorCode, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { createOutbox } from '../../common/outbox.ts';
import { drained } from '../../common/paced-write.ts';
import type { AgentMessage__Output } from '../../proto/gen/longshore/v1/AgentMessage.ts';
import type { ControllerMessage } from '../../proto/gen/longshore/v1/ControllerMessage.ts';
import type { Hello__Output } from '../../proto/gen/longshore/v1/Hello.ts';
import type { PodEvent__Output } from '../../proto/gen/longshore/v1/PodEvent.ts';
import { PROTOCOL_VERSION } from '../../proto/wire.ts';
import type { AgentLink, AgentObserver } from '../reconcile/agent-link.ts';
import type { AgentDirectory } from './agent-directory.ts';
import { type AgentSays, decodeAgentMessage } from './decode-session.ts';
import { grpcStatus } from './grpc-error.ts';
import { type CertifiedAgent, whyRevoked } from './peer.ts';
import type { StreamBroker } from './stream-broker.ts';
import { createTokenBucket, type Rate } from './token-bucket.ts';
import { upsertMessage } from './upsert-message.ts';

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
  readonly nodeName: string;
  readonly limits: SessionLimits;
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
type Outgoing = () => ControllerMessage;

const ALIVE_EVERY_MS = 1000;

export function createSession(call: SessionCall, agent: CertifiedAgent, deps: SessionDeps): Session {
  const { clock, limits } = deps;
  const { observer, epoch } = deps.leadership;
  const log = deps.log.child({ agent: agent.identity.name });
  const outbox = createOutbox<Outgoing>(limits.maxOutbox);
  const ended = new AbortController();
  let phase: Phase = 'hello';
  let heardAtMs = clock.monotonicMs();
  let aliveToldMs = Number.NEGATIVE_INFINITY;
  let snapshotSent = false;
  let connected = false;
  let eventsPending = 0;
  let eventChain: Promise<void> = Promise.resolve();
  let wakeSender: () => void = () => undefined;

  function send(key: string, message: Outgoing): void {
    if (phase === 'ended') return;
    try {
      outbox.put(key, message);
      wakeSender();
    } catch (error) {
      end(
        error instanceof LongshoreError
          ? error
          : new LongshoreError('internal', 'cannot send', { cause: error }),
      );
    }
  }

  function end(error: LongshoreError): void {
    if (phase === 'ended') return;
    phase = 'ended';
    const reason = describeError(error);
    ended.abort(error);
    wakeSender();
    deps.registry.ended(session);
    if (!call.cancelled) call.emit('error', grpcStatus(error));
    if (!connected) {
      log.warn({ code: error.code, reason }, 'session refused');
      return;
    }
    log.info({ code: error.code, reason }, 'session ended');
    observer.disconnected(link, reason);
  }

  const link: AgentLink = {
    agent: agent.identity,
    snapshot(pods) {
      if (snapshotSent) return;
      snapshotSent = true;
      for (const pod of pods) send(`pod ${pod.metadata.uid}`, () => upsertMessage(pod));
      send('snapshot complete', () => ({ snapshotComplete: {} }));
    },
    upsert(pod) {
      if (snapshotSent) send(`pod ${pod.metadata.uid}`, () => upsertMessage(pod));
    },
    remove(uid, graceSeconds) {
      if (snapshotSent) send(`pod ${uid}`, () => ({ remove: { uid, graceSeconds } }));
    },
    acknowledgeGone: (uid) => send(`gone ${uid}`, () => ({ goneAck: { uid } })),
    openLogs(request, signal) {
      if (phase === 'ended') {
        return Promise.reject(
          new LongshoreError('unavailable', `agent '${agent.identity.name}' is not connected`),
        );
      }
      return deps.streams.open(agent, AbortSignal.any([signal, ended.signal]), (streamId) =>
        send(`stream ${streamId}`, () => ({ openStream: { streamId, logs: request } })),
      );
    },
    close: (reason) => end(new LongshoreError('cancelled', reason)),
  };

  const session: Session = { agent, link, end, run };

  function accept(hello: Hello__Output): void {
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
    deps.registry.established(session, deps.leadership);
    phase = 'facts';
    connected = true;
    send('welcome', () => ({
      welcome: {
        protocolVersion: PROTOCOL_VERSION,
        epoch,
        timeMs: clock.now(),
        heartbeatIntervalMs: limits.heartbeatIntervalMs,
        nodeName: deps.nodeName,
      },
    }));
    log.info({ version: hello.agentVersion, bootId: hello.bootId }, 'session established');
    observer.connected(link, { agentVersion: hello.agentVersion, bootId: hello.bootId });
  }

  function recordEvent(event: PodEvent__Output): void {
    if (++eventsPending > limits.maxEvents) {
      throw new LongshoreError('exhausted', `more than ${limits.maxEvents} events are not acknowledged yet`);
    }
    eventChain = eventChain
      .then(() => observer.event(agent.identity, event))
      .catch((error: unknown) => log.error({ err: error }, 'recording an event failed'))
      .then(() => {
        eventsPending--;
        send('event ack', () => ({ eventAck: { sequence: event.sequence } }));
      });
  }

  function hear(says: AgentSays): void {
    if ((phase === 'hello') !== (says.kind === 'hello')) throw outOfOrder(says.kind, phase);
    if (says.kind === 'unknown') return;
    if (phase === 'facts' && says.kind !== 'facts' && says.kind !== 'heartbeat')
      throw outOfOrder(says.kind, phase);
    switch (says.kind) {
      case 'hello':
        accept(says.hello);
        break;
      case 'facts':
        phase = 'open';
        observer.facts(agent.identity, says.facts);
        break;
      case 'heartbeat':
        break;
      case 'report':
        observer.report(agent.identity, says.uid, says.status);
        break;
      case 'gone':
        observer.gone(agent.identity, says.uid, says.status);
        break;
      case 'event':
        recordEvent(says.event);
        break;
      default:
        says satisfies never;
    }
  }

  async function receive(): Promise<void> {
    const bucket = createTokenBucket(clock, limits.messages);
    for await (const message of messagesOf(call)) {
      if (ended.signal.aborted) return;
      heardAtMs = clock.monotonicMs();
      const revoked = whyRevoked(agent, deps.directory);
      if (revoked) throw new LongshoreError('unauthenticated', revoked);
      hear(decodeAgentMessage(message));
      if (connected && heardAtMs - aliveToldMs >= ALIVE_EVERY_MS) {
        aliveToldMs = heardAtMs;
        observer.alive(agent.identity);
      }
      while (!bucket.tryTake()) await clock.sleep(bucket.waitMs(), ended.signal);
    }
    throw new LongshoreError('unavailable', 'the agent closed the session');
  }

  async function transmit(): Promise<void> {
    while (!ended.signal.aborted) {
      const next = outbox.take();
      if (!next) {
        await new Promise<void>((resolve) => {
          wakeSender = resolve;
        });
      } else if (!call.write(next())) {
        await drained(call, ended.signal);
      }
    }
  }

  async function supervise(): Promise<void> {
    while (!ended.signal.aborted) {
      const leftMs = heardAtMs + limits.silenceMs - clock.monotonicMs();
      if (leftMs <= 0) {
        throw new LongshoreError(
          'unavailable',
          `nothing was heard of the agent for ${limits.silenceMs / 1000} s`,
        );
      }
      await clock.sleep(Math.min(leftMs, limits.heartbeatIntervalMs), ended.signal);
      const revoked = whyRevoked(agent, deps.directory);
      if (revoked) throw new LongshoreError('unauthenticated', revoked);
    }
  }

  async function run(): Promise<void> {
    const onCancelled = () => end(new LongshoreError('unavailable', 'the connection to the agent was lost'));
    call.on('cancelled', onCancelled);
    const guarded = (part: Promise<void>) => part.catch((error: unknown) => end(asSessionError(error, log)));
    await Promise.all([guarded(receive()), guarded(transmit()), guarded(supervise())]);
    call.off('cancelled', onCancelled);
    await eventChain;
  }

  return session;
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

/** Errors of the stream itself carry a code: a gRPC status or one of Node's. */
function isStreamError(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}

/** Leaving the loop must not destroy the call: its status has still to be sent. */
function messagesOf(call: SessionCall): AsyncIterable<AgentMessage__Output> {
  return call.iterator({ destroyOnReturn: false }) as AsyncIterable<AgentMessage__Output>;
}
