// DaemonSets that tolerate every taint: kube-proxy, network plugins, node exporters. They mean the machines of the
// cluster, not the spare ones behind the virtual node, and would change such a machine's network or fail there. They
// run on an agent only where their pods tolerate the virtual node's taint by its name.
import type { Pod } from '../../../common/pod.ts';
import { PROVIDER_TAINT } from '../node-object.ts';

/** Why the pod is not placed; undefined: it is no such DaemonSet's. */
export function uninvitedDaemon({ metadata, spec }: Pod): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner?.kind !== 'DaemonSet') return undefined;
  const tolerations = spec.tolerations ?? [];
  const named = tolerations.some(({ key }) => key === PROVIDER_TAINT.key);
  const blanket = tolerations.some(({ key, operator }) => !key && operator === 'Exists');
  if (named || !blanket) return undefined;
  return (
    `DaemonSet ${owner.name} tolerates every taint, which is no invitation to spare machines: to run it here, let it ` +
    `tolerate ${PROVIDER_TAINT.key} by name; to keep it off, give it node affinity type NotIn [virtual-kubelet]`
  );
}
