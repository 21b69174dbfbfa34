// Resources of a pod as a whole. Docker limits single containers and knows no group of them, so each container takes its
// part in what is the pod's: none may use more than all of them together, and what the others leave of the pod's requests
// is shared evenly by those that ask for nothing themselves.
import type { Pod, PodStatus } from '../../common/pod.ts';
import { formatQuantity, parseQuantity } from '../../common/quantity.ts';
import { type Member, type PodContainer, podMembers } from './pod-containers.ts';

type Amounts = Readonly<Record<string, string>>;

/** What a pod may ask for as a whole. */
const POD_LEVEL = ['cpu', 'memory'] as const;

/** The container with what it has of its pod's resources. */
export function withPodResources(pod: Pod, container: PodContainer): PodContainer {
  const member = podMembers(pod).find(({ spec }) => spec.name === container.name);
  if (!pod.spec.resources || !member || member.kind === 'ephemeral') return container;
  const { limits, requests, ...rest } = container.resources ?? {};
  return {
    ...container,
    resources: {
      ...rest,
      limits: { ...pick(pod.spec.resources.limits), ...limits },
      requests: { ...shares(pod, member), ...requests },
    },
  };
}

/** What is asked for: requests, and limits where there is no request. */
export function requested({ resources }: Pick<PodContainer, 'resources'>): Amounts {
  return { ...resources?.limits, ...resources?.requests };
}

/** Undefined: the pod asks for none as a whole. */
export function podRequest({ spec }: Pod, name: 'cpu' | 'memory'): bigint | undefined {
  return amount(requested(spec)[name]);
}

/** As they stand in the status: in effect once no container waits for its part. */
export function podResourcesStatus(
  { spec }: Pod,
  resizing: boolean,
  before: PodStatus | undefined,
): Pick<PodStatus, 'resources' | 'allocatedResources'> {
  if (!spec.resources) return {};
  if (resizing && before?.resources) {
    return { resources: before.resources, allocatedResources: before.allocatedResources };
  }
  return { resources: spec.resources, allocatedResources: requested(spec) };
}

/** Of the requests that the container does not make itself. An init container runs alone. */
function shares(pod: Pod, { kind, spec }: Member): Amounts {
  const beside = podMembers(pod).filter((other) => other.kind === 'regular' || other.kind === 'sidecar');
  const own = requested(spec);
  return Object.fromEntries(
    POD_LEVEL.flatMap((name) => {
      const whole = podRequest(pod, name);
      if (whole === undefined || own[name] !== undefined) return [];
      const asked = beside.map((other) => amount(requested(other.spec)[name]));
      const left = asked.reduce<bigint>((rest, taken) => rest - (taken ?? 0n), whole);
      const heads = kind === 'init' ? 1 : asked.filter((taken) => taken === undefined).length;
      const share = kind === 'init' ? whole : left;
      // Nothing is said to be nothing: without a request the limit would count for one.
      return [[name, share > 0n ? formatQuantity(share / BigInt(heads)) : '0']];
    }),
  );
}

function pick(amounts: Amounts | undefined): Amounts {
  return Object.fromEntries(
    POD_LEVEL.flatMap((name) => (amounts?.[name] === undefined ? [] : [[name, amounts[name]]])),
  );
}

function amount(quantity: string | undefined): bigint | undefined {
  return quantity === undefined ? undefined : parseQuantity(String(quantity));
}
