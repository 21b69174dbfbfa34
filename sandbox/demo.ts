// `longshore sandbox demo`: a sandbox with three agents and the pods of examples/demo, watched until Kubernetes reports
// them as they should be, then shown from every side: the API's, the fleet's, Docker's, and their logs.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CoreV1Api, type CoreV1Event, type V1Pod } from '@kubernetes/client-node';
import Docker from 'dockerode';
import { parseAllDocuments } from 'yaml';
import type { Clock } from '../common/clock.ts';
import { LongshoreError } from '../common/errors.ts';
import {
  type ContainerRow,
  containerTable,
  type LogRow,
  logTable,
  nextSteps,
  type PodRow,
  podTable,
} from './demo-view.ts';
import { ensureBusyboxImage } from './images/busybox-image.ts';
import type { SandboxLayout } from './layout.ts';
import { runLongshore } from './longshore-command.ts';
import { loadKubeconfig } from './observe.ts';
import { type SandboxTools, sandboxUp, type UpOptions } from './up.ts';

const NAMESPACE = 'default';
const CHECKOUT = join(import.meta.dirname, '..');
const MANIFEST = 'examples/demo/pods.yaml';
const PATIENCE_MS = 90_000;

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
  const { progress, clock } = tools;
  await progress.step('image longshore.test/busybox:1, from the busybox of this machine', ensureBusyboxImage);
  await progress.step(`three pods through the API (${MANIFEST})`, () => createPods(api));
  const pods = await progress.step('Kubernetes reports them as expected', () => untilAsExpected(api, clock));

  const section = (title: string, text: string) => output.write(`\n== ${title}\n${text}`);
  section('The pods, as in `kubectl get pods -o wide`', podTable(pods.map((pod) => podRow(pod, clock))));
  section(
    'Where they run: bound by the scheduler, placed on an agent by Longshore, run by Docker',
    containerTable(await containerRows(api, pods, new Docker({ socketPath: options.dockerSocket }))),
  );
  section('The fleet: `npx longshore status`', await runLongshore(layout, ['status']));
  section('Their logs, through the node as in `kubectl logs`', logTable(await logRows(api, pods)));
  const isUsualPlace = layout.dir === join(CHECKOUT, '.longshore');
  output.write(
    `\n${nextSteps({
      kubeconfig: layout.kubeconfig,
      checkout: CHECKOUT,
      manifest: MANIFEST,
      dir: isUsualPlace ? undefined : layout.dir,
      hasKubectl: hasKubectl(process.env['PATH'] ?? ''),
    })}`,
  );
}

/** Creates those that are missing, as `kubectl apply` does, so that it may be used on them later. */
async function createPods(api: CoreV1Api): Promise<void> {
  for (const document of parseAllDocuments(readFileSync(join(CHECKOUT, MANIFEST), 'utf8'))) {
    const pod = document.toJS() as V1Pod;
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(pod)}\n` };
    const body = { ...pod, metadata: { ...pod.metadata, annotations } };
    try {
      await api.createNamespacedPod({ namespace: NAMESPACE, body });
    } catch (error) {
      if ((error as { code?: number }).code !== 409) throw error;
    }
  }
}

async function untilAsExpected(api: CoreV1Api, clock: Clock): Promise<V1Pod[]> {
  const names = Object.keys(EXPECTED);
  const deadline = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const { items } = await api.listNamespacedPod({ namespace: NAMESPACE, labelSelector: 'app=demo' });
    const pods = items.filter(({ metadata }) => names.includes(metadata?.name ?? ''));
    const unmet = names.filter((name) => !pods.some((pod) => pod.metadata?.name === name && isAsWanted(pod)));
    if (unmet.length === 0) return pods;
    if (clock.monotonicMs() > deadline) {
      const states = pods.map((pod) => `${pod.metadata?.name} ${podRow(pod, clock).status}`).join(', ');
      throw new LongshoreError(
        'unavailable',
        `after 90 s not as expected: ${unmet.join(', ')} (now: ${states}); see kubectl describe pod`,
      );
    }
    // One that was being deleted when the demo began is gone by now.
    if (pods.length < names.length) await createPods(api);
    await clock.sleep(200);
  }
}

function isAsWanted(pod: V1Pod): boolean {
  const name = pod.metadata?.name ?? '';
  return pod.metadata?.deletionTimestamp === undefined && EXPECTED[name]?.(pod) === true;
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

function podRow(pod: V1Pod, clock: Clock): PodRow {
  const statuses = pod.status?.containerStatuses ?? [];
  const reason = statuses.find(({ state }) => state?.waiting)?.state?.waiting?.reason;
  const created = pod.metadata?.creationTimestamp?.getTime() ?? clock.now();
  return {
    name: pod.metadata?.name ?? '',
    ready: `${statuses.filter(({ ready }) => ready).length}/${pod.spec?.containers.length}`,
    status: pod.metadata?.deletionTimestamp ? 'Terminating' : (reason ?? pod.status?.phase ?? ''),
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    age: `${Math.max(0, Math.round((clock.now() - created) / 1000))}s`,
    ip: pod.status?.podIP ?? '<none>',
    node: pod.spec?.nodeName ?? '<none>',
  };
}

/** One row per container, the pause container that holds the pod's network first. */
async function containerRows(
  api: CoreV1Api,
  pods: readonly V1Pod[],
  docker: Docker,
): Promise<ContainerRow[]> {
  const { items: events } = await api.listNamespacedEvent({
    namespace: NAMESPACE,
    fieldSelector: 'reason=Scheduled',
  });
  const containers = await docker.listContainers({ all: true });
  const isPause = ({ Labels }: Docker.ContainerInfo) => Labels['io.kubernetes.container.name'] === 'POD';
  containers.sort((a, b) => Number(isPause(b)) - Number(isPause(a)) || a.Created - b.Created);
  return pods.flatMap((pod) => {
    const own = containers.filter(({ Labels }) => Labels['io.kubernetes.pod.uid'] === pod.metadata?.uid);
    return own.map((container) => ({
      pod: pod.metadata?.name ?? '',
      boundBy: boundBy(events, pod),
      agent: agentOf(pod),
      container: isPause(container) ? '(pause)' : (container.Labels['io.kubernetes.container.name'] ?? ''),
      dockerId: container.Id,
      dockerStatus: container.Status,
    }));
  });
}

function boundBy(events: readonly CoreV1Event[], pod: V1Pod): string {
  const event = events.find(({ involvedObject }) => involvedObject.uid === pod.metadata?.uid);
  return event?.source?.component ?? event?.reportingComponent ?? '?';
}

async function logRows(api: CoreV1Api, pods: readonly V1Pod[]): Promise<LogRow[]> {
  const rows: LogRow[] = [];
  for (const pod of pods) {
    const name = pod.metadata?.name ?? '';
    for (const { name: container } of pod.spec?.containers ?? []) {
      const text = await api.readNamespacedPodLog({ name, namespace: NAMESPACE, container, tailLines: 1 });
      rows.push({ pod: name, container, text });
    }
  }
  return rows;
}

function hasKubectl(path: string): boolean {
  return path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, 'kubectl')));
}
