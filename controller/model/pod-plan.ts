// What to do next about one pod, decided from everything known of it: the API's copy, where it is placed, how its agent
// is, what the agent said. One step at a time; whoever executes it looks again. The same view gives the same step, so a
// controller that dies anywhere resumes by looking.
import type { Pod } from '../../common/pod.ts';
import { isTerminal } from '../../common/pod.ts';
import type { PlacementRecord } from './placement-record.ts';

export interface PodView {
  /** Pods and agents have been listed completely once. */
  readonly synced: boolean;
  /** Undefined: the object vanished from the API, or was never there. */
  readonly pod: Pod | undefined;
  /** What the API's copy says of the placement. */
  readonly record: PlacementRecord;
  /** The pod's agent, once it has one; it never changes. Undefined: never placed, as far as anyone knows. */
  readonly agent: PodAgent | undefined;
  /** The agent confirmed that the pod's containers are gone. */
  readonly gone: boolean;
  /** The status as it shall be differs from the API's; for a pod that is gone: its final status. */
  readonly statusDiffers: boolean;
  /** People cannot see the agent in the annotation yet. */
  readonly annotationDue: boolean;
  /** A final delete was accepted for this very version of the object, yet it is still there: finalizers. */
  readonly deleteAccepted: boolean;
}

export interface PodAgent {
  /** Its Agent object exists. */
  readonly known: boolean;
  /** A session is up. */
  readonly linked: boolean;
  /** What this session has been told of the pod. */
  readonly told: 'nothing' | 'older' | 'current' | 'removed';
}

export type PodStep =
  /** Nothing until something changes. */
  | { readonly kind: 'wait'; readonly why: string }
  /** Choose an agent and persist the choice, or say why the pod waits. */
  | { readonly kind: 'place' }
  /** The API lost the record of a placement that is known: write it again. */
  | { readonly kind: 'restore-placement' }
  /** Never to run here: phase Failed, as a kubelet's admission does it. */
  | { readonly kind: 'reject'; readonly reason: string; readonly message: string }
  /** Never placed, so nothing can run: delete at once, unless the object has changed meanwhile. */
  | { readonly kind: 'delete-unplaced' }
  | { readonly kind: 'dispatch' }
  | { readonly kind: 'publish-status' }
  | { readonly kind: 'annotate' }
  | { readonly kind: 'publish-final-status' }
  | { readonly kind: 'final-delete' }
  /** The object vanished: the agent shall stop the pod and report it gone. */
  | { readonly kind: 'remove' }
  /** The end is recorded: the agent may forget the pod, and so do we. */
  | { readonly kind: 'acknowledge-gone' }
  | { readonly kind: 'forget' };

export function planPod(view: PodView): PodStep {
  if (!view.synced) return wait('pods and agents are not listed yet');
  const { pod } = view;
  if (!pod) return planVanished(view);
  if (isMirrorPod(pod)) return wait('mirror pods are never run');
  return view.agent ? planPlaced(view, pod, view.agent) : planUnplaced(view, pod);
}

/** A pod that some kubelet made from a file; its object is only a reflection. */
export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}

function planVanished({ agent, gone }: PodView): PodStep {
  if (!agent?.known) return { kind: 'forget' };
  if (gone) return { kind: 'acknowledge-gone' };
  if (!agent.linked) return wait('its agent will be told to stop it');
  return agent.told === 'removed' ? wait('its agent is stopping it') : { kind: 'remove' };
}

function planUnplaced({ record, deleteAccepted }: PodView, pod: Pod): PodStep {
  if (record.kind === 'unreadable') return wait('its placement is unreadable; it may run somewhere');
  if (pod.metadata.deletionTimestamp !== undefined) {
    return deleteAccepted ? wait('finalizers hold the object') : { kind: 'delete-unplaced' };
  }
  if (isTerminal(pod.status)) return wait('it has ended');
  return rejection(pod) ?? { kind: 'place' };
}

function planPlaced(view: PodView, pod: Pod, agent: PodAgent): PodStep {
  if (view.gone) return planGone(view, pod);
  if (view.record.kind !== 'placed') return { kind: 'restore-placement' };
  if (agent.linked && agent.told !== 'current') return { kind: 'dispatch' };
  if (view.statusDiffers) return { kind: 'publish-status' };
  if (view.annotationDue) return { kind: 'annotate' };
  return wait(agent.linked ? 'its agent reports' : 'its agent is away');
}

/** The final delete follows the agent's word and the final status, never a timer. */
function planGone(view: PodView, pod: Pod): PodStep {
  if (view.statusDiffers) return { kind: 'publish-final-status' };
  if (pod.metadata.deletionTimestamp === undefined) return wait('it has ended for good');
  return view.deleteAccepted ? wait('finalizers hold the object') : { kind: 'final-delete' };
}

function rejection(pod: Pod): PodStep | undefined {
  const os = pod.spec.os?.name;
  if (os === undefined || os === 'linux') return undefined;
  return {
    kind: 'reject',
    reason: 'PodOSNotSupported',
    message: "Failed to admit pod as the OS field doesn't match node OS",
  };
}

function wait(why: string): PodStep {
  return { kind: 'wait', why };
}
