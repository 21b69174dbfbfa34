// In place of a kubelet for the controller's own Pods: runs what the Pod's container says as a process on this machine,
// with a token of its ServiceAccount and nothing else, probes it as the Pod asks, and tells the API server that it is
// ready. Each Pod has a loopback address of its own.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '../../common/pod.ts';
import type { KubeClient } from '../../controller/kube/client.ts';
import { podPath } from '../../controller/kube/resource-path.ts';
import { requestToken } from '../../controller/kube/token-request.ts';
import { eventually } from './eventually.ts';

const MAIN = join(import.meta.dirname, '../../controller/main.ts');

export interface ControllerPod extends AsyncDisposable {
  readonly name: string;
  readonly host: string;
  log(): string;
  /** SIGKILL; resolves when it is gone. The Pod object stays as it is. */
  kill(): Promise<void>;
}

/** Resolves when the Pod is ready. */
export async function startControllerPod(options: {
  readonly api: KubeClient;
  readonly pod: Pod;
  readonly host: string;
  /** For kubeconfig and log. */
  readonly folder: string;
  readonly caPem: string;
}): Promise<ControllerPod> {
  const { api, pod, host, folder } = options;
  const { name, namespace } = pod.metadata;
  const [container] = pod.spec.containers;
  if (!container) throw new Error(`${name} has no container`);
  const kubeconfig = join(folder, `${name}.kubeconfig`);
  writeFileSync(kubeconfig, await kubeconfigOf(options), { mode: 0o600 });
  const logFile = join(folder, `${name}.log`);
  const output = openSync(logFile, 'a', 0o600);
  const args = (container.args ?? []).map((arg) => arg.replace('0.0.0.0', host));
  const child = spawn(process.execPath, [MAIN, ...args, '--kubeconfig', kubeconfig], {
    stdio: ['ignore', output, output],
    env: { PATH: process.env['PATH'], HOME: folder, ...environmentOf(pod) },
  });
  closeSync(output);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  const log = () => readFileSync(logFile, 'utf8');
  try {
    for (const probe of [container.livenessProbe, container.readinessProbe]) {
      const { path = '', port = '' } = probe?.httpGet ?? {};
      const named = container.ports?.find((candidate) => candidate.name === String(port));
      await eventually(
        async () => {
          if (child.exitCode !== null) throw new Error(`${name} has ended:\n${log()}`);
          return (await fetch(`http://${host}:${named?.containerPort}${path}`)).status === 200;
        },
        { what: `${path} of ${name}`, timeoutMs: 60_000 },
      );
    }
    const conditions = ['ContainersReady', 'Ready'].map((type) => ({ type, status: 'True' }));
    await api.request({
      method: 'PATCH',
      path: podPath({ namespace, name }, 'status'),
      contentType: 'application/strategic-merge-patch+json',
      body: { status: { phase: 'Running', conditions } },
    });
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    ...{ name, host, log, kill },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function environmentOf(pod: Pod): Record<string, string> {
  const { name, namespace } = pod.metadata;
  const fields: Record<string, string> = { 'metadata.name': name, 'metadata.namespace': namespace };
  return Object.fromEntries(
    (pod.spec.containers[0]?.env ?? []).map((variable) => [
      variable.name,
      variable.value ?? fields[variable.valueFrom?.fieldRef?.fieldPath ?? ''] ?? '',
    ]),
  );
}

async function kubeconfigOf(options: {
  readonly api: KubeClient;
  readonly pod: Pod;
  readonly caPem: string;
}): Promise<string> {
  const { api, pod, caPem } = options;
  const { token } = await requestToken(api, {
    namespace: pod.metadata.namespace,
    serviceAccount: pod.spec.serviceAccountName ?? '',
    audiences: [],
    expirationSeconds: 3600,
  });
  const ca = Buffer.from(caPem).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: api.server, 'certificate-authority-data': ca } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}
