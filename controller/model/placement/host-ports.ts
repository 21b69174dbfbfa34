// Ports a pod takes on its machine, and whether two such claims collide.
import type { Pod } from '../../../common/pod.ts';

export interface HostPort {
  readonly protocol: string;
  readonly port: number;
  /** `0.0.0.0`: every address of the machine. */
  readonly ip: string;
}

const ANY = '0.0.0.0';

export function hostPorts(pod: Pick<Pod, 'spec'>): HostPort[] {
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...pod.spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP', hostIP }) => {
      const port = hostPort || (pod.spec.hostNetwork ? containerPort : 0);
      const ip = !hostIP || hostIP === '::' ? ANY : hostIP;
      return port ? [{ protocol, port, ip }] : [];
    }),
  );
}

/** The first of `wanted` that collides with one of `taken`. */
export function takenPort(wanted: readonly HostPort[], taken: readonly HostPort[]): HostPort | undefined {
  return wanted.find((mine) =>
    taken.some(
      (other) =>
        mine.port === other.port &&
        mine.protocol === other.protocol &&
        (mine.ip === other.ip || mine.ip === ANY || other.ip === ANY),
    ),
  );
}
