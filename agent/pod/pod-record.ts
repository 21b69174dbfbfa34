// What the agent remembers of one pod, as it lies on the disk: what was asked, what was last reported, how it ended.
// Docker knows the rest (containers, attempts, exit codes).
import type { Pod, PodStatus } from '../../common/pod.ts';
import type { PodNotes } from './container-notes.ts';
import type { DeviceAssignment } from './devices.ts';
import type { HeldClaims } from './files-volume.ts';
import type { Moment } from './moment.ts';
import type { UntoldEvent } from './untold-events.ts';

export interface PodRecord {
  readonly uid: string;
  readonly pod: Pod;
  /** The last status reported; a terminal phase in it is final. */
  readonly status?: PodStatus;
  /** When the pod was first taken on. */
  readonly accepted: Moment;
  /** The machine's devices that are the pod's; they are free again when it has ended. */
  readonly devices?: DeviceAssignment;
  /** What its claims were bound to when its volumes were set up: that they stay, whatever becomes of a claim. */
  readonly claims?: HeldClaims;
  /** The pod is being stopped for good; the grace never grows. */
  readonly stopping?: { readonly graceSeconds: number; readonly since: Moment };
  /** What was done about its containers, by Docker id. */
  readonly notes?: PodNotes;
  /** Events that the controller may not have heard of. */
  readonly untold?: readonly UntoldEvent[];
  /** It took more than it may: it ends as failed, with this message. */
  readonly evicted?: { readonly message: string };
  /** Tombstone: the pod has ended, must never start again, and the controller has yet to acknowledge it. */
  readonly gone?: { readonly status?: PodStatus };
}
