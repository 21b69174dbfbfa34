// A real control plane on this machine: etcd, kube-apiserver, kube-scheduler and kube-controller-manager as processes of
// their own, on loopback, with certificates from an authority made at the first start. It comes back with its data.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CoreV1Api, Health, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { writeFile } from '../builtin/pki.ts';
import { freePorts } from '../free-ports.ts';
import { loadKubeconfig } from '../observe.ts';
import { type ControlPlaneBinaries, programVersions } from './binaries.ts';
import { KUBELET_CLIENT, writeCertificates } from './certificates.ts';
import { createChildren } from './children.ts';
import { controlPlanePrograms, type ProgramOptions } from './programs.ts';
import { startRelay } from './relay.ts';

export interface RealControlPlaneOptions {
  /** Holds kubeconfig, pki/, etcd/, logs/ and, while serving, the file `ready` with the URL. */
  readonly dir: string;
  readonly binaries: ControlPlaneBinaries;
  readonly listen: { readonly host: string; readonly port: number };
  /** More addresses for the same port. */
  readonly alsoListen: readonly string[];
  readonly extraFlags: ProgramOptions['extraFlags'];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface RealControlPlane extends AsyncDisposable {
  readonly url: string;
  readonly kubeconfig: string;
  /** Rejects when one of its programs ends before it is told to. */
  readonly died: Promise<never>;
}

const READY_MS = 120_000;

export async function startRealControlPlane(options: RealControlPlaneOptions): Promise<RealControlPlane> {
  const { dir, binaries, alsoListen, clock, log, signal } = options;
  const { host } = options.listen;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const readyFile = join(dir, 'ready');
  rmSync(readyFile, { force: true });
  log.info(await programVersions(binaries), 'starting a real control plane');
  await using stack = new AsyncDisposableStack();
  const children = stack.use(await createChildren(dir, clock));
  const [etcd = 0, etcdPeer = 0, free = 0] = await freePorts(3);
  const api = options.listen.port || free;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${api}`;
  const files = await writeCertificates(dir, { url, hosts: [host, ...alsoListen], now: () => clock.now() });
  const ports = { api, etcd, etcdPeer };
  for (const program of controlPlanePrograms({ ...options, files, host, ports })) children.start(program);
  const starting = new AbortController();
  const patience = AbortSignal.any([signal, starting.signal]);
  try {
    const serving = untilServing(files.adminKubeconfig, { clock, signal: patience });
    await Promise.race([children.died, serving]);
  } finally {
    starting.abort();
  }
  for (const address of alsoListen) {
    stack.use(await startRelay({ listen: { host: address, port: api }, target: { host, port: api } }));
  }
  writeFile(readyFile, `${url}\n`);
  stack.defer(() => rmSync(readyFile, { force: true }));
  log.info({ url }, 'real control plane serving');
  const owned = stack.move();
  return {
    url,
    kubeconfig: files.adminKubeconfig,
    died: children.died,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Serving is: it answers, its controllers have made the ServiceAccount that every pod needs, kubelets trust it. */
async function untilServing(
  kubeconfig: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const config = loadKubeconfig(kubeconfig);
  const looks = [
    async () => {
      if (!(await new Health(config).readyz({}))) throw new Error('readyz does not say ok');
    },
    () =>
      config.makeApiClient(CoreV1Api).readNamespacedServiceAccount({ name: 'default', namespace: 'default' }),
    () => allowKubeletCalls(config.makeApiClient(RbacAuthorizationV1Api)),
  ];
  const deadline = clock.monotonicMs() + READY_MS;
  for (const look of looks) {
    for (;;) {
      try {
        await look();
        break;
      } catch (cause) {
        if (clock.monotonicMs() > deadline)
          throw new LongshoreError(
            'unavailable',
            `the control plane was not ready within ${READY_MS / 1000} s`,
            {
              cause,
            },
          );
        await clock.sleep(100, signal);
      }
    }
  }
}

/** What kubelets let the API server do, and no more. */
async function allowKubeletCalls(api: RbacAuthorizationV1Api): Promise<void> {
  const name = 'longshore-sandbox:kubelet-client';
  const body = {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: KUBELET_CLIENT }],
  };
  try {
    await api.createClusterRoleBinding({ body });
  } catch (error) {
    if ((error as { code?: number }).code !== 409) throw error;
  }
}
