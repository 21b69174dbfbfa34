// A pod in one line, worded as `kubectl get pods` does.
import type { ContainerStatus, Pod } from '../../common/pod.ts';

export interface PodLine {
  readonly status: string;
  readonly containers: number;
  readonly ready: number;
  readonly restarts: number;
}

export function podLine(pod: Pod): PodLine {
  const { status = {}, spec, metadata } = pod;
  const sidecarNames = (spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
  const regular = status.containerStatuses ?? [];
  const sidecars = (status.initContainerStatuses ?? []).filter(({ name }) => sidecarNames.includes(name));
  const counted = [...regular, ...sidecars];
  const shown = initStatus(pod) ?? mainStatus(pod);
  const deleted = metadata.deletionTimestamp !== undefined;
  const ended = status.phase === 'Succeeded' || status.phase === 'Failed';
  return {
    status: deleted && !ended ? 'Terminating' : shown,
    containers: spec.containers.length + sidecarNames.length,
    ready: counted.filter(({ ready, state }) => ready && state?.running).length,
    restarts: counted.reduce((sum, { restartCount }) => sum + restartCount, 0),
  };
}

function initStatus({ spec, status }: Pod): string | undefined {
  const specs = spec.initContainers ?? [];
  const statuses = status?.initContainerStatuses ?? [];
  for (const [index, container] of specs.entries()) {
    const found = statuses.find(({ name }) => name === container.name);
    if (!found) continue;
    const { waiting, terminated } = found.state ?? {};
    if (terminated?.exitCode === 0 || (isSidecar(container) && found.started)) continue;
    if (terminated) return `Init:${exitReason(found) ?? 'Error'}`;
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${index}/${specs.length}`;
  }
  return undefined;
}

function mainStatus({ status = {} }: Pod): string {
  const statuses = status.containerStatuses ?? [];
  const fallback = status.reason || status.phase || 'Unknown';
  // The first container that has something to say decides: kubectl goes through them backwards, the last one wins.
  const said = statuses.flatMap((container) => {
    const reason = container.state?.waiting?.reason ?? exitReason(container);
    return reason ? [reason] : [];
  });
  const reason = said[0] ?? fallback;
  const running = statuses.some(({ ready, state }) => ready && state?.running);
  if (reason !== 'Completed' || !running) return reason;
  const ready = status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return ready ? 'Running' : 'NotReady';
}

function exitReason({ state }: ContainerStatus): string | undefined {
  const { terminated } = state ?? {};
  if (!terminated) return undefined;
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function isSidecar({ restartPolicy }: { readonly restartPolicy?: string }): boolean {
  return restartPolicy === 'Always';
}
