// The labels placement sees on one agent: the virtual node's own, overlaid by the machine's.
import { AGENT_PRESENCE_PREFIX } from '../../../common/names.ts';
import { labelsWithoutPresence } from '../node-object.ts';

export interface LabelledMachine {
  readonly name: string;
  /** Empty while unknown. */
  readonly hostname: string;
  readonly os: string;
  readonly arch: string;
  /** From the Agent object: operators and join tokens set them, never the machine. */
  readonly labels: Readonly<Record<string, string>>;
}

export function agentLabels(
  machine: LabelledMachine,
  nodeLabels: Readonly<Record<string, string>>,
): Record<string, string> {
  const { name, hostname, os, arch } = machine;
  return {
    ...labelsWithoutPresence(nodeLabels),
    'kubernetes.io/hostname': hostname || name,
    ...(os && { 'kubernetes.io/os': os, 'beta.kubernetes.io/os': os }),
    ...(arch && { 'kubernetes.io/arch': arch, 'beta.kubernetes.io/arch': arch }),
    ...labelsWithoutPresence(machine.labels),
    [`${AGENT_PRESENCE_PREFIX}${name}`]: 'true',
  };
}
