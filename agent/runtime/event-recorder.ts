// A pod's events on their way up, limited like the kubelet's: 25 at once, then one each five minutes.
import type { Clock } from '../../common/clock.ts';
import type { Pod } from '../../common/pod.ts';
import type { PodEventRecord } from '../link/pod-host.ts';
import { fieldPath, findMember } from '../pod/pod-containers.ts';
import type { PodEvent } from '../pod/status-events.ts';

const BURST = 25;
const REFILL_MS = 300_000;

export class EventRecorder {
  readonly #clock: Clock;
  readonly #send: (event: PodEventRecord) => void;
  #tokens = BURST;
  #filledMs: number;

  constructor(clock: Clock, send: (event: PodEventRecord) => void) {
    this.#clock = clock;
    this.#send = send;
    this.#filledMs = clock.monotonicMs();
  }

  record(pod: Pod, event: PodEvent): void {
    const nowMs = this.#clock.monotonicMs();
    this.#tokens = Math.min(BURST, this.#tokens + (nowMs - this.#filledMs) / REFILL_MS);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) return;
    this.#tokens -= 1;
    const { type, reason, message, container } = event;
    const member = container === undefined ? undefined : findMember(pod, container);
    this.#send({
      podUid: pod.metadata.uid,
      podNamespace: pod.metadata.namespace,
      podName: pod.metadata.name,
      type,
      reason,
      message: message.slice(0, MAX_MESSAGE),
      ...(member ? { fieldPath: fieldPath(member) } : {}),
      timeMs: this.#clock.now(),
    });
  }
}

/** Of an Event object at the API server. */
const MAX_MESSAGE = 1024;
