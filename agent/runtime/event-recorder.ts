// A pod's events on their way up, limited like the kubelet's: 25 at once, then one each five minutes. Each is untold until
// it is confirmed; who records it with the pod before it is told loses none.
import type { Clock } from '../../common/clock.ts';
import type { Pod } from '../../common/pod.ts';
import type { PodEventRecord, Uplink } from '../link/pod-host.ts';
import { fieldPath, findMember } from '../pod/pod-containers.ts';
import type { PodEvent } from '../pod/status-events.ts';
import { type UntoldEvent, withUntold } from '../pod/untold-events.ts';

const BURST = 25;
const REFILL_MS = 300_000;
/** Of an Event object at the API server. */
const MAX_MESSAGE = 1024;

export interface EventRecorderOptions {
  readonly clock: Clock;
  readonly send: Uplink['event'];
  /** By an earlier run of the agent. */
  readonly untold: readonly UntoldEvent[] | undefined;
  /** Told when the controller has confirmed one. */
  readonly confirmed: () => void;
}

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  #untold: readonly UntoldEvent[] | undefined;
  #tokens = BURST;
  #filledMs: number;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#untold = options.untold;
    this.#filledMs = options.clock.monotonicMs();
  }

  /** Undefined: none. */
  get untold(): readonly UntoldEvent[] | undefined {
    return this.#untold;
  }

  /** As many of them as the limit allows; from now on they are untold. */
  note(events: readonly PodEvent[]): readonly UntoldEvent[] {
    const timeMs = this.#options.clock.now();
    const noted = events
      .filter(() => this.#mayTell())
      .map((event) => ({ ...event, message: event.message.slice(0, MAX_MESSAGE), timeMs }));
    if (noted.length > 0) this.#untold = noted.reduce(withUntold, this.#untold ?? []);
    return noted;
  }

  /** What they are about did not come about. */
  takeBack(noted: readonly UntoldEvent[]): void {
    this.#tokens += noted.length;
    this.#strike(noted);
  }

  tell(pod: Pod, noted: readonly UntoldEvent[]): void {
    for (const event of noted) this.#send(pod, event);
  }

  record(pod: Pod, event: PodEvent): void {
    this.tell(pod, this.note([event]));
  }

  /** What an earlier run has told, or was about to, and the controller has not confirmed. */
  tellAgain(pod: Pod): void {
    this.tell(pod, this.#untold ?? []);
  }

  #mayTell(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    this.#tokens = Math.min(BURST, this.#tokens + (nowMs - this.#filledMs) / REFILL_MS);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #send(pod: Pod, event: UntoldEvent): void {
    const { send, confirmed } = this.#options;
    send(recordOf(pod, event), () => {
      this.#strike([event]);
      confirmed();
    });
  }

  #strike(events: readonly UntoldEvent[]): void {
    const left = this.#untold?.filter((event) => !events.includes(event)) ?? [];
    this.#untold = left.length > 0 ? left : undefined;
  }
}

function recordOf(pod: Pod, { type, reason, message, container, timeMs }: UntoldEvent): PodEventRecord {
  const member = container === undefined ? undefined : findMember(pod, container);
  return {
    podUid: pod.metadata.uid,
    podNamespace: pod.metadata.namespace,
    podName: pod.metadata.name,
    type,
    reason,
    message,
    ...(member ? { fieldPath: fieldPath(member) } : {}),
    timeMs,
  };
}
