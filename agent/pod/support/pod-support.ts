// Which pods this version can run as they are written: what the tables say, and what no single field can tell. A problem
// keeps the pod's containers from being made. What is merely not there yet, and leaves the pod right without it, is a
// warning.
import type { Pod } from '../../../common/pod.ts';
import { MAX_REFERENCES, podReferences } from '../../../common/pod-references.ts';
import { parseQuantity } from '../../../common/quantity.ts';
import { fieldValue, resourceValue } from '../downward.ts';
import { fieldPath, type Member, type PodContainer, podMembers } from '../pod-containers.ts';
import { join, judge, type Support } from './judge.ts';
import { POD_SPEC } from './pod-spec.ts';
import { volumeRefusal } from './volume.ts';

export function podSupport(pod: Pod): Support {
  const { spec } = pod;
  const containers = podMembers(pod).map((member) => containerSupport(pod, member));
  return join([
    judge(POD_SPEC, withoutRefusedVolumes(spec), 'spec'),
    { problems: referenceProblems(pod), warnings: [] },
    { problems: resourceProblems(spec, 'spec'), warnings: [] },
    ...containers,
  ]);
}

/** Who refers to more is not sent all of it, and would wait for ever. */
function referenceProblems(pod: Pod): string[] {
  const { size } = podReferences(pod);
  return size > MAX_REFERENCES
    ? [`spec refers to ${size} ConfigMaps, Secrets and tokens, more than the ${MAX_REFERENCES} it may`]
    : [];
}

function containerSupport(pod: Pod, member: Member): Support {
  const { spec: container } = member;
  const path = fieldPath(member);
  return {
    problems: [
      ...(container.env ?? []).flatMap((variable) => envProblem(variable, path, container, pod)),
      ...resourceProblems(container, path),
    ],
    warnings: [],
  };
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
