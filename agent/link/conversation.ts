// One session with the controller, from Hello to its end: the agent introduces itself with all it holds, then speaks and
// hears until either side, or the connection, ends it. Ending it stops nothing but streams.
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { AgentMessage } from '../../proto/gen/longshore/v1/AgentMessage.ts';
import type { ControllerMessage__Output } from '../../proto/gen/longshore/v1/ControllerMessage.ts';
import type { HeldObject } from '../../proto/gen/longshore/v1/HeldObject.ts';
import type { MachineFacts } from '../../proto/gen/longshore/v1/MachineFacts.ts';
import type { StatsReport } from '../../proto/gen/longshore/v1/StatsReport.ts';
import type { Welcome__Output } from '../../proto/gen/longshore/v1/Welcome.ts';
import { PROTOCOL_VERSION } from '../../proto/wire.ts';
import type { ControllerChannel } from './controller-channel.ts';
import type { EventBuffer } from './event-buffer.ts';
import { fromGrpc } from './grpc-failure.ts';
import { hear, type WatchStats } from './hearing.ts';
import type { ImageHost } from './image-host.ts';
import type { LinkMeter } from './link-meter.ts';
import type { Membership } from './membership.ts';
import { metricsMessage } from './metrics-message.ts';
import type { ObjectHost } from './object-host.ts';
import type { PodGone, PodHost, PodReport } from './pod-host.ts';
import { createSpeaker, type TellOwner, type TellUsage } from './speaker.ts';
import type { StreamHost } from './stream-host.ts';

/** Of a message that may have twice as much. */
const MAX_HELD_BYTES = 1024 * 1024;
/** A controller to which a thousand agents come back takes its time; one that has forgotten us takes for ever. */
const WELCOME_MS = 60_000;

export type SessionCall = ClientDuplexStream<AgentMessage, ControllerMessage__Output>;

export interface ConversationDeps {
  readonly channel: ControllerChannel;
  readonly membership: Membership;
  readonly host: PodHost;
  readonly objects: ObjectHost;
  readonly streams: Partial<StreamHost>;
  readonly events: EventBuffer;
  readonly facts: () => MachineFacts;
  /** Undefined: they are not told. */
  readonly images?: ImageHost | undefined;
  /** Undefined: it is not told. */
  readonly usage?: TellUsage | undefined;
  readonly owner?: TellOwner | undefined;
  readonly meter: LinkMeter;
  /** Undefined: nothing is measured. */
  readonly watchStats?: WatchStats | undefined;
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
  imagesChanged(): void;
  stats(report: StatsReport): void;
  /** Resolves never; rejects with why the session ended. The streams it opened have been ended by then. */
  run(signal: AbortSignal): Promise<never>;
}

export function createConversation(deps: ConversationDeps): Conversation {
  const { host, objects, images, events, membership, clock, usage, owner, meter } = deps;
  const speaker = createSpeaker({ events, clock, usage, owner });
  const conversation: Conversation = {
    report: ({ uid, status }) =>
      speaker.say(`pod ${uid}`, () => ({ report: { uid, statusJson: json(status) } })),
    gone: ({ uid, status }) =>
      speaker.say(`pod ${uid}`, () => ({
        gone: { uid, statusJson: status ? json(status) : Buffer.alloc(0) },
      })),
    eventAdded: () => speaker.eventAdded(),
    factsChanged: () => speaker.say('facts', () => ({ facts: deps.facts() })),
    imagesChanged() {
      if (!images?.held()) return;
      speaker.say('images', () => ({ images: { images: images.held() ?? [] } }));
    },
    stats: (stats) => speaker.say('stats', () => ({ stats })),
    run,
  };

  function introduce(): void {
    const { lineage, epochSeen } = membership.record;
    const { agentVersion, bootId } = deps;
    speaker.say('hello', () => ({
      hello: {
        ...{ protocolVersion: PROTOCOL_VERSION, agentVersion, bootId, lineage, epochSeen },
        held: heldWithin(objects.held(), MAX_HELD_BYTES),
      },
    }));
    conversation.factsChanged();
    conversation.imagesChanged();
    for (const report of host.reports()) conversation.report(report);
    for (const gone of host.gone()) conversation.gone(gone);
  }

  let isMeasuring = false;
  async function tellMetrics(): Promise<void> {
    if (isMeasuring || !meter.measure) return;
    isMeasuring = true;
    const families = await meter.measure({ waitingEvents: events.size, waitingMessages: speaker.waiting });
    isMeasuring = false;
    speaker.say('metrics', () => ({ metrics: metricsMessage(families) }));
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
    const failed = Promise.withResolvers<never>();
    const accepted = new AbortController();
    const welcomed = (welcome: Welcome__Output) => {
      accepted.abort();
      deps.welcomed(welcome);
    };
    const parts = new Set<Promise<unknown>>();
    const own = (part: Promise<unknown>) => {
      const done = part.catch(failed.reject).finally(() => parts.delete(done));
      parts.add(done);
    };
    // Listening begins at once, or flow control is off for this call.
    const beat = (intervalMs: number) => own(speaker.beat(intervalMs, signal));
    own(hear(call, { ...deps, welcomed, beat, tellMetrics: () => own(tellMetrics()) }, signal));
    own(speaker.run(call, signal));
    own(requireWelcome(clock, AbortSignal.any([signal, accepted.signal])));
    try {
      return await failed.promise;
    } catch (error) {
      outer.throwIfAborted();
      throw fromGrpc(error);
    } finally {
      outer.removeEventListener('abort', onAbort);
      over.abort();
      call.cancel();
      await Promise.allSettled(parts);
    }
  }

  return conversation;
}

/** Rejects when the signal does not abort in time: the connection lives, so that nothing else would tell. */
async function requireWelcome(clock: Clock, signal: AbortSignal): Promise<void> {
  await clock.sleep(WELCOME_MS, signal).catch(() => undefined);
  if (signal.aborted) return;
  throw new LongshoreError(
    'unavailable',
    `the controller did not answer to this agent's hello within ${WELCOME_MS / 1000} s`,
  );
}

/** What does not fit is sent again, which costs no more than time. */
function heldWithin(held: readonly HeldObject[], maxBytes: number): HeldObject[] {
  let bytes = 0;
  return held.filter(({ key = '', revision = '' }) => {
    bytes += Buffer.byteLength(key) + revision.length + 16;
    return bytes <= maxBytes;
  });
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
