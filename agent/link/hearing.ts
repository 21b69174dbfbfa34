// What the controller says in one session, carried out one message after the other, so a slow disk slows the controller
// and nothing piles up. Nothing is obeyed before its welcome, and no pod removed before its snapshot is complete.
import { isDeepStrictEqual } from 'node:util';
import { NO_POD_CIDR } from '../../common/cidr.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError, errorCode, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { ControllerMessage__Output } from '../../proto/gen/longshore/v1/ControllerMessage.ts';
import type { ObjectUpsert__Output } from '../../proto/gen/longshore/v1/ObjectUpsert.ts';
import type { PodUpsert__Output } from '../../proto/gen/longshore/v1/PodUpsert.ts';
import type { Welcome__Output } from '../../proto/gen/longshore/v1/Welcome.ts';
import type { ControllerChannel } from './controller-channel.ts';
import type { SessionCall } from './conversation.ts';
import {
  decodeKeepImages,
  decodeObject,
  decodeObjectKey,
  decodePod,
  decodeUid,
  decodeWatchStats,
  decodeWelcome,
} from './decode-controller.ts';
import type { EventBuffer } from './event-buffer.ts';
import type { ImageHost } from './image-host.ts';
import { type Membership, requireNewest } from './membership.ts';
import type { ObjectHost } from './object-host.ts';
import type { PodHost } from './pod-host.ts';
import { Removal } from './removal.ts';
import { createSessionStreams, type SessionStreams } from './session-streams.ts';
import type { StreamHost } from './stream-host.ts';

/** Somebody looks at figures: measure them at this pace, for so long from now on. */
export type WatchStats = (wish: { readonly periodMs: number; readonly forMs: number }) => void;

export interface HearingDeps {
  readonly channel: Pick<ControllerChannel, 'streams'>;
  readonly membership: Membership;
  readonly host: PodHost;
  readonly objects: ObjectHost;
  /** Undefined: it keeps none. */
  readonly images?: Pick<ImageHost, 'keep'> | undefined;
  readonly streams: Partial<StreamHost>;
  readonly events: EventBuffer;
  readonly watchStats?: WatchStats | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly welcomed: (welcome: Welcome__Output) => void;
  /** The controller wants to hear of us this often. */
  readonly beat: (intervalMs: number) => void;
  /** The controller wants to hear what this agent measures. */
  readonly tellMetrics: () => void;
}

/** Never resolves; rejects with why there is nothing more to hear. The streams it opened have been ended by then. */
export async function hear(call: SessionCall, deps: HearingDeps, signal: AbortSignal): Promise<never> {
  const streams = createSessionStreams(deps);
  const obey = createObedience(deps, streams);
  let welcomed = false;
  try {
    for await (const message of call as AsyncIterable<ControllerMessage__Output>) {
      if (signal.aborted) break;
      if (welcomed) {
        await obey(message);
      } else if (message.welcome) {
        const welcome = await accept(message.welcome, deps.membership);
        welcomed = true;
        deps.welcomed(welcome);
        deps.beat(welcome.heartbeatIntervalMs);
      } else if (message.removed) {
        throw new Removal(message.removed);
      } else if (message.body !== undefined) {
        throw new LongshoreError('invalid', `the controller sent '${message.body}' before its welcome`);
      }
    }
    throw new LongshoreError('unavailable', 'the controller closed the session');
  } finally {
    await streams.end();
  }
}

async function accept(welcome: Welcome__Output, membership: Membership): Promise<Welcome__Output> {
  const checked = decodeWelcome(welcome);
  const { epochSeen, cluster: known, removed } = membership.record;
  requireNewest(checked.epoch, membership);
  const { nodeName, clusterDns, clusterDomain } = checked;
  const podCidr = podCidrNow(checked.podCidr, known?.podCidr);
  const dns = { nameservers: clusterDns, domain: clusterDomain };
  const cluster = { nodeName, dns, ...(podCidr === undefined ? {} : { podCidr }) };
  // Written before anything is obeyed, so that no restart makes us follow an older leader again.
  if (checked.epoch > epochSeen || removed || !isDeepStrictEqual(cluster, known)) {
    await membership.update({ epochSeen: checked.epoch, cluster, removed: false });
  }
  return checked;
}

/** Nothing said: as before. */
export function podCidrNow(said: string, known: string | undefined): string | undefined {
  return said === '' ? known : said === NO_POD_CIDR ? undefined : said;
}

function createObedience(
  { host, objects, images, events, tellMetrics, watchStats, log }: HearingDeps,
  streams: SessionStreams,
) {
  /** Until the snapshot is complete; then it has been handed over. */
  let wanted: { readonly pods: Set<string>; readonly objects: Set<string> } | undefined = {
    pods: new Set(),
    objects: new Set(),
  };

  async function take(upsert: PodUpsert__Output): Promise<void> {
    const uid = decodeUid(upsert.uid);
    wanted?.pods.add(uid);
    try {
      await host.apply(decodePod(upsert));
    } catch (error) {
      if (!['invalid', 'exhausted'].includes(errorCode(error))) throw error;
      log.error({ uid, reason: describeError(error) }, 'pod not taken');
    }
  }

  async function note(upsert: ObjectUpsert__Output): Promise<void> {
    const key = decodeObjectKey(upsert.key);
    wanted?.objects.add(key);
    try {
      const news = decodeObject(upsert);
      if (news) await objects.put(key, news);
    } catch (error) {
      if (errorCode(error) !== 'invalid') throw error;
      log.error({ key, reason: describeError(error) }, 'object not taken; what is held stays');
    }
  }

  async function drop(name: string): Promise<void> {
    const key = decodeObjectKey(name);
    wanted?.objects.delete(key);
    await objects.drop(key);
  }

  async function complete(): Promise<void> {
    if (!wanted) return;
    const snapshot = wanted;
    wanted = undefined;
    log.info({ pods: snapshot.pods.size }, 'snapshot complete');
    await host.retain(snapshot.pods);
    await objects.retain(snapshot.objects);
  }

  return async (message: ControllerMessage__Output): Promise<void> => {
    switch (message.body) {
      case 'upsert':
        return message.upsert ? await take(message.upsert) : undefined;
      case 'remove':
        if (!message.remove) return;
        return await host.remove(decodeUid(message.remove.uid), message.remove.graceSeconds);
      case 'snapshotComplete':
        return await complete();
      case 'object':
        return message.object ? await note(message.object) : undefined;
      case 'objectDrop':
        return message.objectDrop ? await drop(message.objectDrop.key) : undefined;
      case 'keepImages':
        return message.keepImages ? await images?.keep(decodeKeepImages(message.keepImages)) : undefined;
      case 'goneAck':
        return message.goneAck ? await host.acknowledgeGone(decodeUid(message.goneAck.uid)) : undefined;
      case 'eventAck':
        return events.acknowledge(message.eventAck?.sequence ?? 0);
      case 'openStream':
        return message.openStream ? streams.open(message.openStream) : undefined;
      case 'closeStream':
        return message.closeStream ? streams.close(message.closeStream) : undefined;
      case 'metricsWanted':
        return tellMetrics();
      case 'watchStats':
        return message.watchStats ? watchStats?.(decodeWatchStats(message.watchStats)) : undefined;
      case 'welcome':
        throw new LongshoreError('invalid', 'the controller welcomed this agent twice');
      case 'removed':
        throw new LongshoreError('invalid', 'the controller removed this agent after it had welcomed it');
      default:
        // Of a newer protocol version.
        return undefined;
    }
  };
}
