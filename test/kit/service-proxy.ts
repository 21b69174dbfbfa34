// In place of kube-proxy: listens on a Service's ClusterIP and leads each connection to a ready Pod that the Service's
// selector chooses at that moment. Pods here are processes on this machine; the caller says where each one listens.
import { connect, createServer, type Socket } from 'node:net';
import { LEADER_LABEL } from '../../common/names.ts';
import type { Pod } from '../../common/pod.ts';
import type { KubeClient } from '../../controller/kube/client.ts';
import { corePath, podPath } from '../../controller/kube/resource-path.ts';

export interface ServiceProxy extends AsyncDisposable {
  /** IP:PORT. */
  readonly address: string;
}

interface Service {
  readonly spec: {
    readonly clusterIP: string;
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
  };
}

export async function startServiceProxy(options: {
  readonly api: KubeClient;
  readonly namespace: string;
  readonly service: string;
  /** Where a Pod listens; undefined: nowhere. */
  readonly hostOf: (pod: string) => string | undefined;
}): Promise<ServiceProxy> {
  const { api, namespace, service, hostOf } = options;
  const { spec } = await api.request<Service>({
    method: 'GET',
    path: corePath({ namespace, resource: 'services', name: service }),
  });
  const [port] = spec.ports;
  if (!port || spec.selector[LEADER_LABEL] !== 'true')
    throw new Error(`${service} does not lead to the leader`);
  const labelSelector = Object.entries(spec.selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

  const endpoint = async () => {
    const path = podPath({ namespace });
    const { items } = await api.request<{ items: Pod[] }>({ method: 'GET', path, query: { labelSelector } });
    const ready = items.find((pod) =>
      pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    const host = ready && hostOf(ready.metadata.name);
    const named = ready?.spec.containers[0]?.ports?.find(({ name }) => name === port.targetPort);
    return host && named ? { host, port: named.containerPort } : undefined;
  };

  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => near.destroy()).on('close', () => sockets.delete(near));
    endpoint().then(
      (target) => {
        if (!target) {
          near.destroy();
          return;
        }
        const far = connect(target);
        far.on('error', () => near.destroy()).on('close', () => near.destroy());
        near.on('close', () => far.destroy());
        near.pipe(far).pipe(near);
      },
      () => near.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ host: spec.clusterIP, port: port.port }, resolve);
  });
  return {
    address: `${spec.clusterIP}:${port.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
