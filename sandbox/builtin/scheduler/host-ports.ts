// Ports of the host: one holder per protocol, address and port; the unspecified address stands for all.
import { numberAt, objectsAt, stringAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

export function hostPorts(pod: JsonObject): HostPort[] {
  const sidecars = objectsAt(pod, 'spec', 'initContainers').filter((c) => c['restartPolicy'] === 'Always');
  return [...objectsAt(pod, 'spec', 'containers'), ...sidecars]
    .flatMap((container) => objectsAt(container, 'ports'))
    .map((port) => ({
      ip: stringAt(port, 'hostIP') || ANY_ADDRESS,
      protocol: stringAt(port, 'protocol') || 'TCP',
      port: numberAt(port, 'hostPort') ?? 0,
    }))
    .filter(({ port }) => port > 0);
}

export function conflict(wanted: readonly HostPort[], used: readonly HostPort[]): boolean {
  return wanted.some((a) =>
    used.some(
      (b) =>
        a.port === b.port &&
        a.protocol === b.protocol &&
        (a.ip === b.ip || a.ip === ANY_ADDRESS || b.ip === ANY_ADDRESS),
    ),
  );
}

const ANY_ADDRESS = '0.0.0.0';
