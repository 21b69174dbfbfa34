// The labels placement sees on one agent: the virtual node's own, overlaid by the machine's, and its own presence labels.
import { AGENT_DOMAIN_KEY, AGENT_KEY } from '../../../common/names.ts';
import { withoutMachineLabels } from './machine-labels.ts';
import { type PresenceKey, presenceLabels } from './presence-labels.ts';

export interface LabelledMachine {
  readonly name: string;
  /** Empty while unknown. */
  readonly hostname: string;
  readonly os: string;
  readonly arch: string;
  /** From the Agent object: operators and join tokens set them, never the machine. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface NodeLabels {
  /** The virtual node's own, without presence labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly presenceKeys: readonly PresenceKey[];
}

export interface AgentLabels {
  /** All of them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Those the virtual node shows. */
  readonly presence: Readonly<Record<string, string>>;
}

export function agentLabels(machine: LabelledMachine, node: NodeLabels): AgentLabels {
  const { name, hostname, os, arch } = machine;
  const own = {
    ...node.labels,
    'kubernetes.io/hostname': hostname || name,
    ...(os && { 'kubernetes.io/os': os, 'beta.kubernetes.io/os': os }),
    ...(arch && { 'kubernetes.io/arch': arch, 'beta.kubernetes.io/arch': arch }),
    ...withoutMachineLabels(machine.labels),
    [AGENT_KEY]: name,
    [AGENT_DOMAIN_KEY]: name,
  };
  const presence = presenceLabels(name, own, node.presenceKeys);
  return { labels: { ...own, ...presence }, presence };
}
