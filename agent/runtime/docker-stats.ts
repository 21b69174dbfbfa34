// What Docker says of a container's figures and whereabouts. Its own measuring takes up to a second each time: it is the
// way out where the kernel's files cannot be seen.
import type Docker from 'dockerode';
import type { EngineStats, Network } from '../stats/reading.ts';
import { optional } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';
import { decodeReading } from './docker-reading.ts';

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
      const container = prompt.getContainer(id);
      // Among the figures no limit is the machine's memory, which might be a limit.
      const [found, inspected] = await Promise.all([
        optional(() => container.stats(options)),
        optional(() => container.inspect()).catch(() => undefined),
      ]);
      const reading = found && decodeReading(found, inspected?.HostConfig.Memory ?? 0);
      return reading && { reading, network: decodeNetwork(found.networks) };
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
