// A provider that runs nothing: pods are Running at once and end when they are told to, so that a thousand agents fit in
// one process. Of a container's command two things are looked at: `exit N` at its end ends it at once with that code, and
// `exit N' TERM` in it, a trap, is the code that it ends with when it is told to.
import type { PodGone, PodHost, PodReport, Uplink } from '../../../agent/link/pod-host.ts';
import type { ContainerStatus, Pod, PodStatus } from '../../../common/pod.ts';

export interface SimulatedPod {
  readonly pod: Pod;
  readonly acceptedAtMs: number;
  readonly gone?: PodStatus;
  /** As `restart` last said. */
  readonly restartCount?: number;
}

export interface SimulatedPodsOptions {
  readonly uplink: () => Uplink;
  readonly now: () => number;
  /** What an earlier life held; a pod is noted before it is reported. */
  readonly pods?: ReadonlyMap<string, SimulatedPod>;
  readonly changed?: (pods: ReadonlyMap<string, SimulatedPod>) => void;
}

export class SimulatedPods implements PodHost {
  readonly #options: SimulatedPodsOptions;
  readonly #pods: Map<string, SimulatedPod>;

  constructor(options: SimulatedPodsOptions) {
    this.#options = options;
    this.#pods = new Map(options.pods);
  }

  /** The pods that have not ended. */
  get size(): number {
    return this.#pods.size;
  }

  /** Reports a pod anew, as if its container had been restarted once more. */
  restart(uid: string, restartCount: number): void {
    const held = this.#pods.get(uid);
    if (!held || held.gone) return;
    const next = { ...held, restartCount };
    this.#set(uid, next);
    this.#options.uplink().report({ uid, status: statusOf(next) });
  }

  async apply(pod: Pod): Promise<void> {
    const { uid, deletionTimestamp } = pod.metadata;
    const held = this.#pods.get(uid);
    if (held?.gone) return this.#tellGone(uid, held.gone);
    const next = { ...held, acceptedAtMs: held?.acceptedAtMs ?? this.#options.now(), pod };
    this.#set(uid, next);
    if (deletionTimestamp !== undefined) return await this.remove(uid);
    if (!held) this.#options.uplink().report({ uid, status: statusOf(next) });
  }

  async remove(uid: string): Promise<void> {
    const held = this.#pods.get(uid);
    if (!held) return this.#tellGone(uid, undefined);
    const gone = held.gone ?? endOf(held);
    this.#set(uid, { ...held, gone });
    this.#tellGone(uid, gone);
  }

  async retain(uids: ReadonlySet<string>): Promise<void> {
    for (const [uid, { gone }] of this.#pods) if (!uids.has(uid) && !gone) await this.remove(uid);
  }

  async acknowledgeGone(uid: string): Promise<void> {
    if (!this.#pods.get(uid)?.gone) return;
    this.#pods.delete(uid);
    this.#options.changed?.(this.#pods);
  }

  reports(): readonly PodReport[] {
    return [...this.#pods].flatMap(([uid, held]) => (held.gone ? [] : [{ uid, status: statusOf(held) }]));
  }

  gone(): readonly PodGone[] {
    return [...this.#pods].flatMap(([uid, { gone }]) => (gone ? [{ uid, status: gone }] : []));
  }

  #set(uid: string, pod: SimulatedPod): void {
    this.#pods.set(uid, pod);
    this.#options.changed?.(this.#pods);
  }

  #tellGone(uid: string, status: PodStatus | undefined): void {
    this.#options.uplink().gone({ uid, status });
  }
}

function statusOf({ pod, acceptedAtMs, restartCount }: SimulatedPod): PodStatus {
  const at = `${new Date(acceptedAtMs).toISOString().slice(0, 19)}Z`;
  const containers = pod.spec.containers.map((spec) => containerStatus(pod, spec, { at, restartCount }));
  const codes = containers.flatMap(({ state }) => state?.terminated?.exitCode ?? []);
  const ended = codes.length === containers.length;
  const phase = !ended ? 'Running' : codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
  const ready = containers.every((container) => container.ready) ? 'True' : 'False';
  return {
    phase,
    startTime: at,
    conditions: ['Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      type,
      status: type === 'Initialized' ? 'True' : ready,
      lastTransitionTime: at,
    })),
    containerStatuses: containers,
    qosClass: pod.status?.qosClass ?? 'BestEffort',
  };
}

function endOf(held: SimulatedPod): PodStatus {
  const status = statusOf(held);
  if (status.phase !== 'Running') return status;
  const containerStatuses = status.containerStatuses?.map((container, index) => {
    if (!container.state?.running) return container;
    const { command = [] } = held.pod.spec.containers[index] ?? {};
    const exitCode = Number(/\bexit (\d+)' TERM\b/.exec(command.at(-1) ?? '')?.[1] ?? KILLED);
    const { startedAt } = container.state.running;
    return { ...container, ready: false, state: { terminated: { exitCode, reason: 'Error', startedAt } } };
  });
  return { ...status, phase: 'Failed', ...(containerStatuses && { containerStatuses }) };
}

const KILLED = 137;

function containerStatus(
  { metadata, spec: { restartPolicy } }: Pod,
  { name, image = '', command = [] }: Pod['spec']['containers'][number],
  { at, restartCount }: { readonly at: string; readonly restartCount: number | undefined },
): ContainerStatus {
  const code = /\bexit (\d+)$/.exec(command.at(-1) ?? '')?.[1];
  const exitCode = code === undefined ? undefined : Number(code);
  const common = {
    ...{ name, image, imageID: 'simulated://', containerID: `simulated://${metadata.uid}/${name}` },
    ...{ ready: exitCode === undefined, started: exitCode === undefined, restartCount: restartCount ?? 0 },
  };
  if (exitCode === undefined) return { ...common, state: { running: { startedAt: at } } };
  const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt: at };
  const final = restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && exitCode === 0);
  if (final) return { ...common, state: { terminated } };
  const waiting = { reason: 'CrashLoopBackOff' };
  return { ...common, restartCount: 1, state: { waiting }, lastState: { terminated } };
}
