// Which probes of a pod are to be made now. Until its startup probe has succeeded a container has no other; what is being
// ended is asked only whether it is ready.
import { notesOf } from './container-notes.ts';
import { viewOf } from './container-view.ts';
import { isLive } from './observation.ts';
import { type Member, podMembers } from './pod-containers.ts';
import {
  type ProbeAction,
  type ProbeKind,
  type ProbeSettings,
  probeAction,
  probeKey,
  probeOf,
  probeSettings,
} from './probe.ts';
import { isStarted } from './readiness.ts';
import type { Situation } from './situation.ts';

export interface ProbeTarget {
  readonly key: string;
  readonly containerId: string;
  readonly container: string;
  readonly kind: ProbeKind;
  readonly settings: ProbeSettings;
  readonly action: ProbeAction;
  readonly startedAtMs: number;
}

export function probeTargets(situation: Situation, podIp: string): readonly ProbeTarget[] {
  return podMembers(situation.record.pod).flatMap((member) =>
    kindsFor(situation, member).flatMap((kind) => targetOf(situation, member, { kind, podIp }) ?? []),
  );
}

function kindsFor(situation: Situation, member: Member): readonly ProbeKind[] {
  const view = viewOf(situation.views, member.spec.name);
  if (view.kind !== 'running' || !isLive(view.container)) return [];
  if (member.kind === 'init' || member.kind === 'ephemeral') return [];
  const ending = situation.record.stopping ?? notesOf(situation.record, view.container.id).stop;
  if (!isStarted(situation, member)) return ending ? [] : ['startup'];
  return ending ? ['readiness'] : ['liveness', 'readiness'];
}

function targetOf(
  { views }: Situation,
  { spec }: Member,
  { kind, podIp }: { readonly kind: ProbeKind; readonly podIp: string },
): ProbeTarget | undefined {
  const probe = probeOf(spec, kind);
  const view = viewOf(views, spec.name);
  if (!probe || view.kind !== 'running' || view.container.state.kind !== 'running') return undefined;
  return {
    key: probeKey(view.container.id, kind),
    containerId: view.container.id,
    container: spec.name,
    kind,
    settings: probeSettings(probe),
    action: probeAction(probe, spec, podIp),
    startedAtMs: view.container.state.startedAtMs,
  };
}
