// The seam between the session with the controller and the pods on this machine. The runtime implements PodHost; the
// session calls it and hears of changes through Uplink; app.ts joins the two.
import type { Pod, PodStatus } from '../../common/pod.ts';

/** All methods are idempotent and keyed by UID. None waits for containers. */
export interface PodHost {
  /** Take a pod on, or note its change. Resolves when it is persisted: from then on a restart finds it. */
  apply(pod: Pod): Promise<void>;
  /** Stop it with this grace and report it gone. Unknown UIDs are reported gone at once. */
  remove(uid: string, graceSeconds: number): Promise<void>;
  /** The controller's whole wish: every pod held that is not in it is removed, with 1 s of grace. */
  retain(uids: ReadonlySet<string>): Promise<void>;
  /** The controller has recorded the end: drop the tombstone, the containers and the files. */
  acknowledgeGone(uid: string): Promise<void>;
  /** Current status of every pod held and not gone. */
  reports(): readonly PodReport[];
  /** Tombstones the controller has not acknowledged. */
  gone(): readonly PodGone[];
}

export interface PodReport {
  readonly uid: string;
  readonly status: PodStatus;
}

export interface PodGone {
  readonly uid: string;
  /** Final status; undefined when nothing is known of the pod. */
  readonly status: PodStatus | undefined;
}

/** What the machine tells the session. Calls never block and never throw; unsent reports of one pod coalesce. */
export interface Uplink {
  report(report: PodReport): void;
  gone(gone: PodGone): void;
  /** `done`: called when the controller has recorded it or it was given up; never, when the agent ends first. */
  event(event: PodEventRecord, done?: () => void): void;
}

export interface PodEventRecord {
  readonly podUid: string;
  readonly podNamespace: string;
  readonly podName: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Such as `spec.containers{web}`; absent for the pod as a whole. */
  readonly fieldPath?: string;
  readonly timeMs: number;
}
