// Which control plane a sandbox runs: what was asked for, what it runs already, what this machine has. Pure.
import { LongshoreError } from '../common/errors.ts';

export const CONTROL_PLANE_CHOICES = ['auto', 'real', 'builtin'] as const;

export type ControlPlaneChoice = (typeof CONTROL_PLANE_CHOICES)[number];

export type ControlPlaneKind = Exclude<ControlPlaneChoice, 'auto'>;

export const CONTROL_PLANE_LABELS: Readonly<Record<ControlPlaneKind, string>> = {
  real: 'control plane (the real one: etcd, kube-apiserver, scheduler, controller-manager)',
  builtin: 'control plane (the built-in development stand-in)',
};

/** Objects do not move from one kind to the other: a sandbox keeps the kind it began with. */
export function chooseControlPlane(
  choice: ControlPlaneChoice,
  { running, hasBinaries }: { readonly running: ControlPlaneKind | undefined; readonly hasBinaries: boolean },
): ControlPlaneKind {
  if (running === undefined) return choice === 'auto' ? (hasBinaries ? 'real' : 'builtin') : choice;
  if (choice === 'auto' || choice === running) return running;
  throw new LongshoreError(
    'precondition',
    `this sandbox began with --control-plane ${running}: take it down first, or give another --dir`,
  );
}
