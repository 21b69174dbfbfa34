// Which pods leave a machine that is being cleared, by the rules of `kubectl drain`: what would be lost for good needs a
// word of the operator, and while one pod lacks it none is evicted. Two rules differ: a pod of a DaemonSet leaves as any other
// where another machine can take it, and pods that are being deleted already are only waited for.
import { isTerminal, type Pod } from '../../common/pod.ts';
import { isMirrorPod } from './pod-plan.ts';

export interface DrainRules {
  /** Pods without a controller, which nobody makes anew, are evicted too. */
  readonly force: boolean;
  /** So are pods with an emptyDir, whose contents are lost. */
  readonly deleteEmptyDirData: boolean;
  /** Pods of DaemonSets stay. */
  readonly ignoreDaemonSets: boolean;
}

/** Everything leaves, for a machine that does not come back. */
export const EVERYTHING: DrainRules = { force: true, deleteEmptyDirData: true, ignoreDaemonSets: false };

export interface DrainPlan {
  /** To be evicted; none while `refused` is not empty. */
  readonly evict: readonly Pod[];
  /** Being deleted already. */
  readonly leaving: readonly Pod[];
  readonly refused: readonly RefusedPod[];
}

export interface RefusedPod {
  readonly pod: Pod;
  readonly why: string;
}

export function drainPlan(pods: readonly Pod[], rules: DrainRules): DrainPlan {
  const concerned = pods.filter(
    (pod) => !isMirrorPod(pod) && !(rules.ignoreDaemonSets && isOfDaemonSet(pod)),
  );
  const leaving = concerned.filter(isLeaving);
  const staying = concerned.filter((pod) => !isLeaving(pod));
  const refused = staying.flatMap((pod) => {
    const why = refusalOf(pod, rules);
    return why === undefined ? [] : [{ pod, why }];
  });
  return { evict: refused.length > 0 ? [] : staying, leaving, refused };
}

function isLeaving({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** In kubectl's words; undefined: it may be evicted. */
function refusalOf(pod: Pod, { force, deleteEmptyDirData }: DrainRules): string | undefined {
  if (isTerminal(pod.status)) return undefined;
  if (!deleteEmptyDirData && pod.spec.volumes?.some(({ emptyDir }) => emptyDir !== undefined)) {
    return 'cannot delete Pods with local storage (use --delete-emptydir-data to override)';
  }
  if (!force && !pod.metadata.ownerReferences?.some(({ controller }) => controller === true)) {
    return 'cannot delete Pods that declare no controller (use --force to override)';
  }
  return undefined;
}

function isOfDaemonSet({ metadata }: Pod): boolean {
  return (
    metadata.ownerReferences?.some(({ kind, controller }) => controller === true && kind === 'DaemonSet') ??
    false
  );
}
