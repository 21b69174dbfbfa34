// What decides whether a pod fits anywhere, as one text: pods of the same kind fare alike, so a queue of thousands is
// judged kind by kind.
import { AGENT_SELECTOR_ANNOTATION, UNPLACEABLE_ANNOTATION } from '../../../common/names.ts';
import type { Pod } from '../../../common/pod.ts';
import { hostPorts } from './host-ports.ts';
import { podRequests } from './resources.ts';
import type { VolumesNeed } from './volumes-need.ts';

/** `labelsMatter`: some pod in the fleet keeps others away by their labels. */
export function pendingKind(
  pod: Pod,
  { labelsMatter, volumes }: { readonly labelsMatter: boolean; readonly volumes: VolumesNeed },
): string {
  const { metadata, spec } = pod;
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const looksAtOthers =
    labelsMatter || podAffinity || podAntiAffinity || (spec.topologySpreadConstraints?.length ?? 0) > 0;
  return JSON.stringify([
    looksAtOthers ? [metadata.namespace, metadata.labels] : null,
    metadata.annotations?.[AGENT_SELECTOR_ANNOTATION],
    metadata.annotations?.[UNPLACEABLE_ANNOTATION],
    metadata.ownerReferences?.find(({ controller }) => controller)?.kind === 'DaemonSet',
    spec.nodeSelector,
    spec.affinity,
    spec.tolerations,
    spec.topologySpreadConstraints,
    spec.priority,
    spec.preemptionPolicy,
    volumes,
    hostPorts(pod),
    [...podRequests(pod)].map(([name, value]) => [name, String(value)]),
  ]);
}
