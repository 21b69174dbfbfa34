// Which pods this version can run as they are written: what the tables say, and what no single field can tell.
import type { Pod } from '../../../common/pod.ts';
import { MAX_REFERENCES, podReferences } from '../../../common/pod-references.ts';
import { parseQuantity } from '../../../common/quantity.ts';
import { fieldValue, resourceValue } from '../downward.ts';
import { fieldPath, type Member, type PodContainer, podMembers } from '../pod-containers.ts';
import { judge } from './judge.ts';
import { POD_SPEC } from './pod-spec.ts';
import { volumeRefusal } from './volume.ts';

/** What keeps the pod's containers from being made: one line each. */
export function podProblems(pod: Pod): readonly string[] {
  const { spec } = pod;
  return [
    ...judge(POD_SPEC, withoutRefusedVolumes(spec), 'spec'),
    ...referenceProblems(pod),
    ...resourceProblems(spec, 'spec'),
    ...podMembers(pod).flatMap((member) => containerProblems(pod, member)),
  ];
}

/** Who refers to more is not sent all of it, and would wait for ever. */
function referenceProblems(pod: Pod): string[] {
  const { size } = podReferences(pod);
  return size > MAX_REFERENCES
    ? [`spec refers to ${size} ConfigMaps, Secrets and tokens, more than the ${MAX_REFERENCES} it may`]
    : [];
}

function containerProblems(pod: Pod, member: Member): string[] {
  const { spec: container } = member;
  const path = fieldPath(member);
  return [
    ...(container.env ?? []).flatMap((variable) => envProblem(variable, path, container, pod)),
    ...resourceProblems(container, path),
  ];
}

function resourceProblems({ resources }: Pick<PodContainer, 'resources'>, path: string): string[] {
  return [
    ...quantityProblems(resources?.requests, `${path}.resources.requests`),
    ...quantityProblems(resources?.limits, `${path}.resources.limits`),
  ];
}

function quantityProblems(amounts: Readonly<Record<string, string>> | undefined, path: string): string[] {
  return Object.entries(amounts ?? {}).flatMap(([name, amount]) =>
    parseQuantity(String(amount)) === undefined ? [`${path}: ${name}: '${amount}' is no quantity`] : [],
  );
}

type EnvVar = NonNullable<PodContainer['env']>[number];

function envProblem({ name, valueFrom }: EnvVar, path: string, container: PodContainer, pod: Pod): string[] {
  const { fieldRef, resourceFieldRef } = valueFrom ?? {};
  const found = fieldRef
    ? fieldValue(fieldRef.fieldPath, pod, NOWHERE)
    : resourceFieldRef && resourceValue(resourceFieldRef, container, pod, NOWHERE.machine);
  return found && 'problem' in found ? [`${path}.env{${name}}: ${found.problem}`] : [];
}

const NOWHERE = {
  nodeName: '',
  hostIps: [],
  podIps: [],
  machine: { cpuMilli: 0, memoryBytes: 0, ephemeralStorageBytes: 0 },
};

/** They are refused when the volumes are set up, as a kubelet does that has no plug-in for them. */
function withoutRefusedVolumes(spec: Pod['spec']): Pod['spec'] {
  return { ...spec, volumes: spec.volumes?.filter((volume) => volumeRefusal(volume) === undefined) };
}
