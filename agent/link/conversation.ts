// One session with the controller, from Hello to its end. What it hears is carried out one message after the other, so a
// slow disk slows the controller and nothing piles up. What it says comes from an outbox in which the newest report of a
// pod replaces an unsent older one. It never removes a pod before the controller's snapshot is complete, and ending it
// stops nothing but streams.
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import { describeError, errorCode, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { createOutbox } from '../../common/outbox.ts';
import { drained } from '../../common/paced-write.ts';
import type { AgentMessage } from '../../proto/gen/longshore/v1/AgentMessage.ts';
import type { ControllerMessage__Output } from '../../proto/gen/longshore/v1/ControllerMessage.ts';
import type { MachineFacts } from '../../proto/gen/longshore/v1/MachineFacts.ts';
import type { OpenStream__Output } from '../../proto/gen/longshore/v1/OpenStream.ts';
import type { PodUpsert__Output } from '../../proto/gen/longshore/v1/PodUpsert.ts';
import type { Welcome__Output } from '../../proto/gen/longshore/v1/Welcome.ts';
import { PROTOCOL_VERSION } from '../../proto/wire.ts';
import type { ControllerChannel } from './controller-channel.ts';
import {
  decodeLogsRequest,
  decodePod,
  decodeStreamId,
  decodeUid,
  decodeWelcome,
} from './decode-controller.ts';
import type { EventBuffer } from './event-buffer.ts';
import { fromGrpc } from './grpc-failure.ts';
import { feedStream } from './log-stream.ts';
import type { Membership } from './membership.ts';
import type { PodGone, PodHost, PodReport } from './pod-host.ts';

type SessionCall = ClientDuplexStream<AgentMessage, ControllerMessage__Output>;

export interface ConversationDeps {
  readonly channel: ControllerChannel;
  readonly membership: Membership;
  readonly host: PodHost;
  readonly events: EventBuffer;
  readonly facts: () => MachineFacts;
  readonly bootId: string;
  readonly agentVersion: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The controller has accepted this session. */
  readonly welcomed: (welcome: Welcome__Output) => void;
}

export interface Conversation {
  report(report: PodReport): void;
  gone(gone: PodGone): void;
  /** There is an event to send. */
  eventAdded(): void;
  factsChanged(): void;
  /** Resolves never; rejects with why the session ended. The streams it opened have ended by then. */
  run(signal: AbortSignal): Promise<never>;
}

const MAX_OUTBOX = 50_000;
const MAX_STREAMS = 100;

export function createConversation(deps: ConversationDeps): Conversation {
  const { host, events, membership, clock, log } = deps;
  const outbox = createOutbox<() => AgentMessage>(MAX_OUTBOX);
  const streams = new Set<Promise<void>>();
  const wanted = new Set<string>();
  let snapshotComplete = false;
  let eventsSent = 0;
  let heartbeatDue = false;
  let wakeSender: () => void = () => undefined;
  const overflow = Promise.withResolvers<never>();
  overflow.promise.catch(() => undefined);

  function say(key: string, message: () => AgentMessage): void {
    try {
      outbox.put(key, message);
      wakeSender();
    } catch (error) {
      overflow.reject(error);
    }
  }

  const conversation: Conversation = {
    report: ({ uid, status }) => say(`pod ${uid}`, () => ({ report: { uid, statusJson: json(status) } })),
    gone: ({ uid, status }) =>
      say(`pod ${uid}`, () => ({ gone: { uid, statusJson: status ? json(status) : Buffer.alloc(0) } })),
    eventAdded: () => wakeSender(),
    factsChanged: () => say('facts', () => ({ facts: deps.facts() })),
    run,
  };

  function introduce(): void {
    const { lineage, epochSeen } = membership.record;
    const { agentVersion, bootId } = deps;
    say('hello', () => ({
      hello: { protocolVersion: PROTOCOL_VERSION, agentVersion, bootId, lineage, epochSeen },
    }));
    conversation.factsChanged();
    for (const report of host.reports()) conversation.report(report);
    for (const gone of host.gone()) conversation.gone(gone);
  }

  function nextMessage(): AgentMessage | undefined {
    const queued = outbox.take();
    if (queued) return queued();
    const numbered = events.after(eventsSent);
    if (numbered) {
      eventsSent = numbered.sequence;
      return { event: { sequence: numbered.sequence, ...numbered.event } };
    }
    if (!heartbeatDue) return undefined;
    heartbeatDue = false;
    return { heartbeat: {} };
  }

  async function speak(call: SessionCall, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const message = nextMessage();
      if (!message) {
        await new Promise<void>((resolve) => {
          wakeSender = resolve;
        });
      } else if (!call.write(message)) {
        await drained(call, signal);
      }
    }
  }

  async function beat(intervalMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(intervalMs, signal);
      heartbeatDue = true;
      wakeSender();
    }
  }

  async function accept(welcome: Welcome__Output): Promise<Welcome__Output> {
    const checked = decodeWelcome(welcome);
    const { epochSeen } = membership.record;
    if (checked.epoch < epochSeen) {
      throw new LongshoreError(
        'precondition',
        `this controller's term ${checked.epoch} is older than ${epochSeen}, which this agent has obeyed: it is not the leader`,
      );
    }
    // Written before anything is obeyed, so that no restart makes us follow an older leader again.
    if (checked.epoch > epochSeen) await membership.update({ epochSeen: checked.epoch });
    return checked;
  }

  async function take(upsert: PodUpsert__Output): Promise<void> {
    const uid = decodeUid(upsert.uid);
    if (!snapshotComplete) wanted.add(uid);
    try {
      await host.apply(decodePod(upsert));
    } catch (error) {
      if (!['invalid', 'exhausted'].includes(errorCode(error))) throw error;
      log.error({ uid, reason: describeError(error) }, 'pod not taken');
    }
  }

  async function obey(message: ControllerMessage__Output, signal: AbortSignal): Promise<void> {
    switch (message.body) {
      case 'upsert':
        return message.upsert ? await take(message.upsert) : undefined;
      case 'remove':
        if (!message.remove) return;
        return await host.remove(decodeUid(message.remove.uid), message.remove.graceSeconds);
      case 'snapshotComplete':
        if (snapshotComplete) return;
        snapshotComplete = true;
        log.info({ pods: wanted.size }, 'snapshot complete');
        return await host.retain(wanted);
      case 'goneAck':
        return message.goneAck ? await host.acknowledgeGone(decodeUid(message.goneAck.uid)) : undefined;
      case 'eventAck':
        return events.acknowledge(message.eventAck?.sequence ?? 0);
      case 'openStream':
        return message.openStream ? openStream(message.openStream, signal) : undefined;
      case 'welcome':
        throw new LongshoreError('invalid', 'the controller welcomed this agent twice');
      default:
        // Of a newer protocol version.
        return undefined;
    }
  }

  function openStream(request: OpenStream__Output, signal: AbortSignal): void {
    const streamId = decodeStreamId(request.streamId);
    const logs = request.logs;
    if (streams.size >= MAX_STREAMS) {
      log.warn({ streamId }, 'too many streams are open; request left unanswered');
      return;
    }
    const open = async (cancelled: AbortSignal) => {
      if (!logs)
        throw new LongshoreError('invalid', 'this agent does not know this kind of stream: upgrade it');
      return await host.openLogs(decodeLogsRequest(logs), cancelled);
    };
    const stream = feedStream(deps.channel.streams.Open(), { streamId, open }, { signal, log });
    streams.add(stream);
    void stream.finally(() => streams.delete(stream));
  }

  async function listen(call: SessionCall, signal: AbortSignal): Promise<never> {
    let welcomed = false;
    for await (const message of call as AsyncIterable<ControllerMessage__Output>) {
      if (signal.aborted) break;
      if (welcomed) {
        await obey(message, signal);
      } else if (message.welcome) {
        const welcome = await accept(message.welcome);
        welcomed = true;
        deps.welcomed(welcome);
        void beat(welcome.heartbeatIntervalMs, signal).catch(() => undefined);
      } else {
        throw new LongshoreError('invalid', `the controller sent '${message.body}' before its welcome`);
      }
    }
    throw new LongshoreError('unavailable', 'the controller closed the session');
  }

  async function run(outer: AbortSignal): Promise<never> {
    const over = new AbortController();
    const signal = AbortSignal.any([outer, over.signal]);
    const call = deps.channel.session.Connect();
    const onAbort = () => call.cancel();
    outer.addEventListener('abort', onAbort, { once: true });
    // Told by the iteration too; without a listener of its own a late error would be thrown.
    call.on('error', () => undefined);
    introduce();
    // Listening begins at once, or flow control is off for this call.
    const parts: Promise<unknown>[] = [listen(call, signal), speak(call, signal)];
    const failed = Promise.withResolvers<never>();
    for (const part of parts) part.catch(failed.reject);
    try {
      return await Promise.race([failed.promise, overflow.promise]);
    } catch (error) {
      outer.throwIfAborted();
      throw fromGrpc(error);
    } finally {
      outer.removeEventListener('abort', onAbort);
      over.abort();
      wakeSender();
      call.cancel();
      await Promise.allSettled([...parts, ...streams]);
    }
  }

  return conversation;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
