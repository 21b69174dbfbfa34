// The agent's link to its controller: finds it, holds one session at a time, dials again with growing, jittered delays
// when a session ends, and renews the certificate. Nothing here ever stops a pod because the controller is away, refuses
// us, or because a certificate has run out; that this agent was removed from the fleet does.

import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { MachineFacts } from '../../proto/gen/longshore/v1/MachineFacts.ts';
import type { StatsReport } from '../../proto/gen/longshore/v1/StatsReport.ts';
import type { Welcome__Output } from '../../proto/gen/longshore/v1/Welcome.ts';
import type { Wire } from '../../proto/wire.ts';
import { openChannel } from './controller-channel.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { createEventBuffer } from './event-buffer.ts';
import { fromGrpc, isCallEnd } from './grpc-failure.ts';
import type { WatchStats } from './hearing.ts';
import type { ImageHost } from './image-host.ts';
import { createLines, type Lines } from './lines.ts';
import { type LinkMeter, NO_METER } from './link-meter.ts';
import { caHashOf, type Membership, requireJoined } from './membership.ts';
import type { ObjectHost } from './object-host.ts';
import type { PodHost, Uplink } from './pod-host.ts';
import { pinnedCa, presentedChain } from './presented-chain.ts';
import { createRedial, type Ending } from './redial.ts';
import { leaveFleet, Removal } from './removal.ts';
import { renew, renewalTime } from './renew.ts';
import type { TellOwner, TellUsage } from './speaker.ts';
import type { StreamHost } from './stream-host.ts';

export interface Link extends Uplink {
  /** The machine is or has something else than before: `facts` is asked and sent again. */
  factsChanged(): void;
  /** The same of its images. */
  imagesChanged(): void;
  /** Dropped while there is no session: the next one asks again. */
  stats(report: StatsReport): void;
  state(): LinkState;
  /** Holds sessions until the signal aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export type LinkState =
  | { readonly kind: 'connecting'; readonly lastFailure: string | undefined }
  | { readonly kind: 'connected'; readonly address: string; readonly nodeName: string };

export interface LinkDeps {
  readonly wire: Wire;
  /** Of a machine that has joined. */
  readonly membership: Membership;
  readonly host: PodHost;
  readonly objects: ObjectHost;
  /** What it leaves out is not offered. */
  readonly streams: Partial<StreamHost>;
  readonly facts: () => MachineFacts;
  /** Undefined: they are not told. */
  readonly images?: ImageHost | undefined;
  /** Undefined: it is not told. */
  readonly usage?: TellUsage;
  readonly owner?: TellOwner;
  readonly meter?: LinkMeter;
  /** Undefined: nothing is measured. */
  readonly watchStats?: WatchStats;
  readonly bootId: string;
  readonly agentVersion: string;
  /** Where the controller is, HOST:PORT; asked before every attempt. */
  readonly locate: (signal: AbortSignal) => Promise<string>;
  /** The fleet has removed this agent, and its pods are being stopped. Called each time it is told so. */
  readonly onRemoved?: () => void;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ random() < 1; default Math.random. */
  readonly random?: () => number;
}

interface Ended {
  readonly error: unknown;
  /** The connection stood still: it was our controller that ended the session or refused it. */
  readonly isTrusted: boolean;
  /** From its welcome on, and long enough. */
  readonly hasHeld: boolean;
}

/** A session that held this long was a good one: the next delay is short again. */
const GOOD_SESSION_MS = 10_000;
const RENEW_LOOK_EVERY_MS = 3_600_000;
const REMOVED =
  'this agent was removed from the fleet, and its pods are stopped: to use the machine again, give the agent a new token ' +
  '(longshore tokens create) and start it again; otherwise uninstall it';

export function createLink(deps: LinkDeps): Link {
  const { membership, clock, log } = deps;
  const events = createEventBuffer();
  const { random = Math.random, meter = NO_METER } = deps;
  const redial = createRedial(random);
  let conversation: Conversation | undefined;
  let state: LinkState = { kind: 'connecting', lastFailure: undefined };
  let saidRemoved = false;

  async function converse(lines: Lines, address: string, signal: AbortSignal): Promise<Ended> {
    const line = lines.take(address);
    const { channel } = line;
    let isKept = false;
    let welcomedAtMs: number | undefined;
    const over = new AbortController();
    const whileOpen = AbortSignal.any([signal, over.signal]);
    let renewing: Promise<void> = Promise.resolve();
    const welcomed = (welcome: Welcome__Output) => {
      welcomedAtMs = clock.monotonicMs();
      state = { kind: 'connected', address, nodeName: welcome.nodeName };
      saidRemoved = false;
      meter.sessionBegan();
      log.info({ address, node: welcome.nodeName, epoch: welcome.epoch }, 'connected to the controller');
      const offsetMs = welcome.timeMs - welcomedAtMs;
      renewing = keepRenewed(() => clock.monotonicMs() + offsetMs, whileOpen);
    };
    const keepRenewed = async (controllerNow: () => number, until: AbortSignal): Promise<void> => {
      while (!until.aborted) {
        if (controllerNow() >= renewalTime(requireJoined(membership).certificatePem)) {
          await renew({ channel, membership, clock }, until).then(
            () => log.info('certificate renewed'),
            (error) => log.warn({ reason: describeError(error) }, 'certificate not renewed; will retry'),
          );
        }
        await clock.sleep(RENEW_LOOK_EVERY_MS, until).catch(() => undefined);
      }
    };
    const current = createConversation({ ...deps, meter, channel, events, welcomed });
    try {
      const running = current.run(whileOpen);
      conversation = current;
      return await running;
    } catch (error) {
      const isTrusted = channel.isUp;
      const failure = fromGrpc(error);
      isKept = isTrusted && failure.code === 'unavailable' && isCallEnd(failure) && !signal.aborted;
      const hasHeld = welcomedAtMs !== undefined && clock.monotonicMs() - welcomedAtMs >= GOOD_SESSION_MS;
      return { error, isTrusted, hasHeld };
    } finally {
      conversation = undefined;
      over.abort();
      await renewing;
      if (isKept) lines.keep(welcomedAtMs !== undefined ? { ...line, untilMs: undefined } : line);
      else channel[Symbol.dispose]();
    }
  }

  /** The session's failure, made clearer where the plain error says too little; an expired certificate is renewed. */
  async function explain(
    { error, isTrusted }: Ended,
    address: string,
    signal: AbortSignal,
  ): Promise<LongshoreError> {
    if (error instanceof Removal) return await leave(error);
    const failure = fromGrpc(error);
    if (failure.code === 'unavailable' && !isTrusted) return (await distrust(address, signal)) ?? failure;
    if (failure.code !== 'unauthenticated') return failure;
    // Whether it has expired only the controller's clock can say; a renewal that is refused changes nothing.
    using channel = openChannel(deps.wire, { address, caPem: requireJoined(membership).caPem });
    return await renew({ channel, membership, clock }, signal).then(
      () => new LongshoreError('unavailable', 'the certificate was not accepted and has been renewed'),
      (refusal) => (refusal instanceof Removal ? leave(refusal) : failure),
    );
  }

  async function leave(removal: Removal): Promise<LongshoreError> {
    try {
      await leaveFleet(removal, deps);
    } catch (error) {
      return fromGrpc(error);
    }
    if (!saidRemoved) log.warn({ reason: removal.message }, REMOVED);
    saidRemoved = true;
    deps.onRemoved?.();
    return removal;
  }

  /** Why the server at this address is not our controller; undefined when it is, or nobody answers. */
  async function distrust(address: string, signal: AbortSignal): Promise<LongshoreError | undefined> {
    const chain = await presentedChain(address, signal).catch(() => undefined);
    if (!chain) return undefined;
    try {
      pinnedCa(chain, caHashOf(requireJoined(membership)));
      return undefined;
    } catch (error) {
      return new LongshoreError(
        'unauthenticated',
        `the server at ${address} is not the controller of this fleet: its certificate is not from the CA this agent ` +
          'joined with; check the address, or join anew if the controller was set up afresh',
        { cause: error },
      );
    }
  }

  return {
    report: (report) => conversation?.report(report),
    gone: (gone) => conversation?.gone(gone),
    event(event, done) {
      if (events.add(event, done) > 0) {
        meter.eventLost();
        log.warn('an event was given up: too many are not acknowledged');
      }
      conversation?.eventAdded();
    },
    factsChanged: () => conversation?.factsChanged(),
    imagesChanged: () => conversation?.imagesChanged(),
    stats: (report) => conversation?.stats(report),
    state: () => state,
    async run(signal) {
      using lines = createLines(deps);
      while (!signal.aborted) {
        let address: string | undefined;
        let hasHeld = false;
        const failure = await (async () => {
          try {
            address = await deps.locate(signal);
            const ended = await converse(lines, address, signal);
            hasHeld = ended.hasHeld;
            return signal.aborted ? undefined : await explain(ended, address, signal);
          } catch (error) {
            return signal.aborted ? undefined : fromGrpc(error);
          }
        })();
        if (signal.aborted || !failure) return;
        const reason = describeError(failure);
        state = { kind: 'connecting', lastFailure: reason };
        meter.sessionFailed(failure.code);
        const ending = endingOf(failure);
        const delayMs = redial.after(ending, hasHeld);
        const level = ending === 'removed' ? 'debug' : 'warn';
        log[level]({ address, code: failure.code, reason, retryInMs: Math.round(delayMs) }, 'no session');
        await clock.sleep(delayMs, signal).catch(() => undefined);
      }
    },
  };
}

function endingOf(failure: LongshoreError): Ending {
  if (failure instanceof Removal) return 'removed';
  return failure.code === 'unauthenticated' ? 'refused' : 'away';
}
