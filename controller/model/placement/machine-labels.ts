// Labels that the controller alone makes, of what a machine is and of which machines there are. No operator, token or
// manifest can give them to a machine. deploy/base/crd.yaml refuses the same keys.
import { AGENT_DOMAIN_KEY, AGENT_KEY } from '../../../common/names.ts';
import { isPresenceLabel } from './presence-labels.ts';

const KEYS: ReadonlySet<string> = new Set([
  ...['kubernetes.io/hostname', 'kubernetes.io/os', 'kubernetes.io/arch'],
  ...['beta.kubernetes.io/os', 'beta.kubernetes.io/arch'],
  ...[AGENT_KEY, AGENT_DOMAIN_KEY],
]);

export function isMachineLabel(key: string): boolean {
  return KEYS.has(key) || isPresenceLabel(key);
}

/** An Agent from before the schema refused them may have some in its spec: there they count for nothing. */
export function withoutMachineLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !isMachineLabel(key)));
}
