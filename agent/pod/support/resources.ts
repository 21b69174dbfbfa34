// Requests, limits and claims.
import type { V1ResourceRequirements } from '@kubernetes/client-node';
import { exceptKeys, refused, supported, type Table } from './field.ts';
import { HUGE_PAGES, RESOURCE_CLAIMS } from './reasons.ts';

const LIMITS = 'integration/agent/runtime/pods: have the memory, the shares and the rights that they ask for';

/** Docker holds single containers to limits and knows no group of them. */
const EACH_ALONE =
  'each container is held to them, [not all together](workloads.md#resources-of-a-whole-pod)';

const WHOLE = 'integration/agent/runtime/pod-resize: of a pod as a whole are shared by its containers';

/** Those of the pod as a whole. */
export const POD_RESOURCES: Table<V1ResourceRequirements> = {
  title: 'ResourceRequirements of a pod',
  rows: {
    claims: refused(RESOURCE_CLAIMS),
    limits: supported(WHOLE, exceptKeys('hugepages-', `${HUGE_PAGES}; ${EACH_ALONE}`)),
    requests: supported(WHOLE, exceptKeys('hugepages-', HUGE_PAGES)),
  },
};

export const RESOURCE_REQUIREMENTS: Table<V1ResourceRequirements> = {
  title: 'ResourceRequirements',
  rows: {
    claims: refused(RESOURCE_CLAIMS),
    limits: supported(LIMITS, exceptKeys('hugepages-', HUGE_PAGES)),
    requests: supported(LIMITS, exceptKeys('hugepages-', HUGE_PAGES)),
  },
};
