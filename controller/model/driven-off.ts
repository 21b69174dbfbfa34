// When a NoExecute taint of its agent drives a pod off: as soon as it is tolerated no longer, counted from when both were
// there. On record both moments are cut to whole seconds; no pod shall have less than its time.
import type { Pod } from '../../common/pod.ts';
import type { DrivingTaint } from './agent.ts';
import { toleratedSeconds } from './placement/taints.ts';
import { placedSince } from './placement-record.ts';

/** Unix milliseconds; undefined: never. */
export function drivenOffMs(pod: Pod, { key, value, since }: DrivingTaint): number | undefined {
  const seconds = toleratedSeconds(pod, { key, value, effect: 'NoExecute' }, 0);
  if (seconds === undefined) return undefined;
  const togetherMs = Math.max(Date.parse(since), placedSince(pod.status) ?? 0);
  return seconds === 0 ? togetherMs : togetherMs + (seconds + 1) * 1000;
}
