// What Docker says of a container's figures and whereabouts. Its own measuring takes up to a second each time: it is the
// way out where the kernel's files cannot be seen.
import type Docker from 'dockerode';
import type { EngineStats, Network, Reading } from '../stats/reading.ts';
import { optional } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';

const SHARED_NETWORK = /^container:(.+)$/;

export function createDockerStats({ prompt }: DockerClients): EngineStats {
  return {
    async locate(id) {
      const found = await optional(() => prompt.getContainer(id).inspect());
      if (!found?.State.Running || !(found.State.Pid > 0)) return undefined;
      const [, networkOf] = SHARED_NETWORK.exec(found.HostConfig.NetworkMode ?? '') ?? [];
      return { pid: found.State.Pid, networkOf };
    },
    async read(id) {
      const options = { stream: false as const, 'one-shot': true };
      const found = await optional(() => prompt.getContainer(id).stats(options));
      const reading = found && decodeReading(found);
      return reading && { reading, network: decodeNetwork(found.networks) };
    },
  };
}

/** One that does not run has no figures of its memory. Cgroup version 1 has its own names for those of version 2. */
export function decodeReading({ cpu_stats, memory_stats }: Docker.ContainerStats): Reading | undefined {
  const { usage, stats } = memory_stats as {
    readonly usage?: number;
    readonly stats?: Readonly<Partial<Record<string, number>>>;
  };
  if (usage === undefined) return undefined;
  const of = (...names: readonly string[]) => names.map((name) => stats?.[name]).find((n) => n !== undefined);
  const [rssBytes, pageFaults] = [of('total_rss', 'anon'), of('total_pgfault', 'pgfault')];
  const cacheBytes = of('total_cache', 'file');
  const majorPageFaults = of('total_pgmajfault', 'pgmajfault');
  return {
    cpuUsec: Math.floor(cpu_stats.cpu_usage.total_usage / 1000),
    memory: {
      usageBytes: usage,
      workingSetBytes: Math.max(0, usage - (of('total_inactive_file', 'inactive_file') ?? 0)),
      ...(rssBytes !== undefined && { rssBytes }),
      ...(cacheBytes !== undefined && { cacheBytes }),
      ...(pageFaults !== undefined && { pageFaults }),
      ...(majorPageFaults !== undefined && { majorPageFaults }),
    },
  };
}

function decodeNetwork(networks: Docker.ContainerStats['networks'] | undefined): Network {
  return Object.entries(networks ?? {}).map(([name, counters]) => ({
    interface: name,
    rxBytes: counters.rx_bytes,
    rxErrors: counters.rx_errors,
    rxPackets: counters.rx_packets,
    rxDropped: counters.rx_dropped,
    txBytes: counters.tx_bytes,
    txErrors: counters.tx_errors,
    txPackets: counters.tx_packets,
    txDropped: counters.tx_dropped,
  }));
}
