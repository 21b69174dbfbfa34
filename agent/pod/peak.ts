// What a pod's containers come to together when most of them run: init containers run one by one before the others, those
// that stay beside what follows, and ephemeral ones do not count.
import type { Pod } from '../../common/pod.ts';
import { type PodContainer, podMembers } from './pod-containers.ts';

export function peak(pod: Pod, amountOf: (container: PodContainer) => bigint): bigint {
  let [staying, starting] = [0n, 0n];
  for (const { kind, spec } of podMembers(pod)) {
    if (kind === 'init') starting = larger(starting, staying + amountOf(spec));
    if (kind === 'sidecar' || kind === 'regular') staying += amountOf(spec);
  }
  return larger(starting, staying);
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
