// One round over the pods: each container that runs, its pod's network once, and what they come to for the pod. A pod that
// cannot be measured now is left out; the others are not.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { ContainerStats } from '../../proto/gen/longshore/v1/ContainerStats.ts';
import type { PodStats } from '../../proto/gen/longshore/v1/PodStats.ts';
import type { ContainerMeter, Measured } from './container-meter.ts';
import type { MeasuredContainer, MeasuredPod, Network } from './reading.ts';
import type { UsageAccount } from './usage-account.ts';

export interface MeasureContext {
  readonly meter: ContainerMeter;
  readonly account: UsageAccount;
  readonly clock: Clock;
  readonly log: Log;
}

const MAX_PODS = 2000;
const MAX_CONTAINERS = 10_000;
const MAX_VOLUMES = 10_000;
const MAX_POD_VOLUMES = 256;

export async function measurePods(
  pods: readonly MeasuredPod[],
  context: MeasureContext,
  signal: AbortSignal,
): Promise<PodStats[]> {
  const { account, meter, clock, log } = context;
  const found = await Promise.all(
    within(pods).map(async (pod) => {
      try {
        return await measurePod(pod, context, signal);
      } catch (error) {
        signal.throwIfAborted();
        log.debug({ uid: pod.uid, error: describeError(error) }, 'what a pod uses could not be measured');
        return undefined;
      }
    }),
  );
  const ids = pods.flatMap(({ containers }) => containers.map(({ id }) => id));
  const uids = pods.map(({ uid }) => uid);
  meter.retain(new Set(ids));
  account.retain({ keys: new Set([...ids, ...uids]), pods: new Set(uids) });
  const nowMs = clock.monotonicMs();
  return found.flatMap((pod) => (pod ? [{ ...pod.stats, ageMs: Math.round(nowMs - pod.atMs) }] : []));
}

interface PodMeasured {
  readonly atMs: number;
  readonly stats: PodStats;
}

async function measurePod(
  { uid, hostNetwork, containers, volumes }: MeasuredPod,
  { account, meter, clock }: MeasureContext,
  signal: AbortSignal,
): Promise<PodMeasured | undefined> {
  const stats: ContainerStats[] = [];
  const measured = new Map<string, number>();
  let network: Network = [];
  for (const container of containers) {
    const want = { network: !hostNetwork && network.length === 0 };
    const found = await meter.measure(container.id, want, signal);
    if (!found) continue;
    if (want.network) network = found.network;
    measured.set(container.id, found.reading.cpuUsec);
    stats.push(containerStats(container, found, { account, atMs: clock.monotonicMs() }));
  }
  const atMs = clock.monotonicMs();
  const present = new Set(containers.map(({ id }) => id));
  const usageUsec = account.podUsec(uid, { measured, present });
  if (stats.length === 0) return undefined;
  const usageNanoCores = account.rate(uid, { usec: usageUsec, atMs });
  const cpu = { usageUsec, usageNanoCores };
  return {
    atMs,
    stats: { uid, cpu, network: [...network], containers: stats, volumes: volumes.slice(0, MAX_POD_VOLUMES) },
  };
}

function containerStats(
  { name, id, startedAtMs, written, probes }: MeasuredContainer,
  { reading: { cpuUsec, userUsec, systemUsec, ...rest } }: Measured,
  { account, atMs }: { readonly account: UsageAccount; readonly atMs: number },
): ContainerStats {
  const usageNanoCores = account.rate(id, { usec: cpuUsec, atMs });
  const cpu = { usageUsec: cpuUsec, usageNanoCores, userUsec, systemUsec };
  const { memory, cfs, oomKills, processes, tasks, diskIo = [] } = rest;
  const measured = { cpu, memory, cfs, oomKills, processes, tasks, diskIo: [...diskIo] };
  const { layerBytes, log } = written ?? {};
  const disk = { writtenBytes: layerBytes, logBytes: log?.bytes, logFiles: log?.files };
  const counted = probes.map((probe) => ({ ...probe, durationCounts: [...probe.durationCounts] }));
  return { name, id, startedAtMs, ...measured, ...disk, probes: counted };
}

/** As many as a report may have. */
function within(pods: readonly MeasuredPod[]): readonly MeasuredPod[] {
  let [containersLeft, volumesLeft] = [MAX_CONTAINERS, MAX_VOLUMES];
  return pods.slice(0, MAX_PODS).filter(({ containers, volumes }) => {
    containersLeft -= containers.length;
    volumesLeft -= volumes.length;
    return containersLeft >= 0 && volumesLeft >= 0;
  });
}
