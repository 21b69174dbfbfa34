// `longshore sandbox demo`: a sandbox with three agents and the pods of examples/demo, watched until Kubernetes reports
// them as they should be, then shown from every side: the API's, the fleet's, Docker's, and their logs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoreV1Api, type CoreV1Event, type V1Pod } from '@kubernetes/client-node';
import Docker from 'dockerode';
import { parseAllDocuments } from 'yaml';
import type { Clock } from '../common/clock.ts';
import { LongshoreError } from '../common/errors.ts';
import { ensureBusyboxImage } from './images/busybox-image.ts';
import type { SandboxLayout } from './layout.ts';
import { runLongshore } from './longshore-command.ts';
import { loadKubeconfig } from './observe.ts';
import { type SandboxTools, sandboxUp, type UpOptions } from './up.ts';

const NAMESPACE = 'default';
const MANIFEST = join(import.meta.dirname, '../examples/demo/pods.yaml');

export interface DemoOutput {
  write(text: string): void;
}

/** What each pod of the manifest must come to. */
const EXPECTED: Readonly<Record<string, (pod: V1Pod) => boolean>> = {
  pinned: (pod) => isReady(pod, 1) && agentOf(pod) === 'agent-2',
  'two-containers': (pod) => isReady(pod, 2),
  'crash-loop': (pod) => {
    const status = pod.status?.containerStatuses?.[0];
    return (status?.restartCount ?? 0) > 0 && status?.state?.waiting?.reason === 'CrashLoopBackOff';
  },
};

export async function sandboxDemo(
  layout: SandboxLayout,
  options: UpOptions,
  { tools, output }: { readonly tools: SandboxTools; readonly output: DemoOutput },
): Promise<void> {
  await sandboxUp(layout, options, tools);
  const api = loadKubeconfig(layout.kubeconfig).makeApiClient(CoreV1Api);
  await tools.progress.step(
    'image longshore.test/busybox:1, made of the busybox of this machine',
    ensureBusyboxImage,
  );
  await tools.progress.step('three pods through the API', () => createPods(api));
  const pods = await tools.progress.step('Kubernetes reports them as expected', () =>
    untilAsExpected(api, tools.clock),
  );

  output.write(`\n$ kubectl get pods -o wide\n${formatPods(pods)}`);
  output.write(`\nWhere each runs: bound by the scheduler, placed by Longshore, run by Docker\n`);
  output.write(await formatPath(api, pods, new Docker({ socketPath: options.dockerSocket })));
  output.write(`\n$ longshore status\n${await runLongshore(layout, ['status'])}`);
  for (const pod of pods) output.write(await formatLogs(api, pod));
  output.write(nextSteps(layout));
}

async function createPods(api: CoreV1Api): Promise<void> {
  for (const document of parseAllDocuments(readFileSync(MANIFEST, 'utf8'))) {
    try {
      await api.createNamespacedPod({ namespace: NAMESPACE, body: document.toJS() as V1Pod });
    } catch (error) {
      if ((error as { code?: number }).code !== 409) throw error;
    }
  }
}

async function untilAsExpected(api: CoreV1Api, clock: Clock): Promise<V1Pod[]> {
  const deadline = clock.monotonicMs() + 90_000;
  for (;;) {
    const { items } = await api.listNamespacedPod({ namespace: NAMESPACE, labelSelector: 'app=demo' });
    const unmet = Object.entries(EXPECTED).filter(([name, isMet]) => {
      const pod = items.find(({ metadata }) => metadata?.name === name);
      return !pod || !isMet(pod);
    });
    if (unmet.length === 0) return items;
    if (clock.monotonicMs() > deadline) {
      const names = unmet.map(([name]) => name).join(', ');
      throw new LongshoreError('unavailable', `after 90 s not as expected: ${names}\n${formatPods(items)}`);
    }
    await clock.sleep(200);
  }
}

function isReady(pod: V1Pod, containers: number): boolean {
  const statuses = pod.status?.containerStatuses ?? [];
  return (
    pod.status?.phase === 'Running' && statuses.length === containers && statuses.every(({ ready }) => ready)
  );
}

function agentOf(pod: V1Pod): string {
  const placed = pod.status?.conditions?.find(({ type }) => type === 'longshore.dev/Placed');
  return /agent=(\S+)/.exec(placed?.message ?? '')?.[1] ?? '(waiting)';
}

function formatPods(pods: readonly V1Pod[]): string {
  const rows = pods.map((pod) => {
    const statuses = pod.status?.containerStatuses ?? [];
    const reason = statuses.find(({ state }) => state?.waiting)?.state?.waiting?.reason;
    return [
      pod.metadata?.name ?? '',
      `${statuses.filter(({ ready }) => ready).length}/${pod.spec?.containers.length}`,
      reason ?? pod.status?.phase ?? '',
      String(statuses.reduce((sum, { restartCount }) => sum + restartCount, 0)),
      pod.status?.podIP ?? '<none>',
      pod.spec?.nodeName ?? '<none>',
    ];
  });
  return formatTable([['NAME', 'READY', 'STATUS', 'RESTARTS', 'IP', 'NODE'], ...rows]);
}

/** One row per container: the scheduler's binding, the agent, and Docker's own id for it. */
async function formatPath(api: CoreV1Api, pods: readonly V1Pod[], docker: Docker): Promise<string> {
  const { items: events } = await api.listNamespacedEvent({
    namespace: NAMESPACE,
    fieldSelector: 'reason=Scheduled',
  });
  const containers = await docker.listContainers({ all: true });
  const rows = pods.flatMap((pod) => {
    const uid = pod.metadata?.uid;
    const own = containers.filter(({ Labels }) => Labels['io.kubernetes.pod.uid'] === uid);
    return own.map(({ Id, Labels, Status }) => [
      pod.metadata?.name ?? '',
      boundBy(events, pod),
      agentOf(pod),
      Labels['io.kubernetes.container.name'] ?? '',
      Id.slice(0, 12),
      Status,
    ]);
  });
  return formatTable([['POD', 'BOUND BY', 'AGENT', 'CONTAINER', 'DOCKER ID', 'DOCKER STATUS'], ...rows]);
}

function boundBy(events: readonly CoreV1Event[], pod: V1Pod): string {
  const event = events.find(({ involvedObject }) => involvedObject.uid === pod.metadata?.uid);
  return event?.source?.component ?? event?.reportingComponent ?? '?';
}

async function formatLogs(api: CoreV1Api, pod: V1Pod): Promise<string> {
  const name = pod.metadata?.name ?? '';
  const parts: string[] = [];
  for (const container of pod.spec?.containers ?? []) {
    const log = await api.readNamespacedPodLog({
      name,
      namespace: NAMESPACE,
      container: container.name,
      tailLines: 5,
    });
    parts.push(`\n$ kubectl logs ${name} -c ${container.name}\n${log}`);
  }
  return parts.join('');
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}

function nextSteps(layout: SandboxLayout): string {
  return `
The sandbox goes on running. Things to try:
  export KUBECONFIG=${layout.kubeconfig}
  kubectl get nodes,pods,agents -o wide
  kubectl describe pod crash-loop
  kubectl logs -f two-containers -c reader
  kubectl delete pod pinned
  npx longshore agents list
  npx longshore pods list
No kubectl here? Debian and Ubuntu have one: sudo apt-get install kubernetes-client (Debian), sudo snap install kubectl --classic (Ubuntu).
Stop it all, containers included:
  npx longshore sandbox down${layout.dir.endsWith('/.longshore') ? '' : ` --dir ${layout.dir}`}
`;
}
