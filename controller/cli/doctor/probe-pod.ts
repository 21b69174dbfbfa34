// The pod that the doctor tries streams on: a terminal on which nothing runs but a process that waits. It is the doctor's
// own, so nobody's pod is disturbed; it asks for nothing, needs no registry, goes with the doctor, and ends by itself where
// the doctor could not take it along.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../common/clock.ts';
import { LongshoreError } from '../../../common/errors.ts';
import { PAUSE_IMAGE, PLACED_CONDITION } from '../../../common/names.ts';
import type { Pod } from '../../../common/pod.ts';
import type { Cluster, NewPod } from '../cluster.ts';

export interface ProbePod {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  /** Where it was placed. */
  readonly agent: string;
}

export interface OpenProbePod extends AsyncDisposable {
  /** Resolves when it runs; rejects with why it does not. */
  readonly running: Promise<ProbePod>;
}

export interface ProbePodOptions {
  readonly cluster: Pick<Cluster, 'createPod' | 'deletePod' | 'pod'>;
  readonly clock: Clock;
  readonly namespace: string;
  readonly nodeName: string;
}

const CONTAINER = 'terminal';
const RUNS_WITHIN_MS = 30_000;
const LOOK_MS = 250;
/** Longer than any doctor takes. */
const LIFE_SECONDS = 300;

export function openProbePod(options: ProbePodOptions, signal?: AbortSignal): OpenProbePod {
  const { cluster, namespace } = options;
  const name = `longshore-doctor-${randomBytes(4).toString('hex')}`;
  const running = begin(options, name, signal);
  running.catch(() => undefined);
  return {
    running,
    async [Symbol.asyncDispose]() {
      // An answer that was not waited for any more may have made it.
      await running.catch(() => undefined);
      await cluster.deletePod(namespace, name).catch(() => undefined);
    },
  };
}

async function begin(
  { cluster, clock, namespace, nodeName }: ProbePodOptions,
  name: string,
  signal?: AbortSignal,
): Promise<ProbePod> {
  await cluster.createPod(probePod({ namespace, name, nodeName }), signal);
  const untilMs = clock.monotonicMs() + RUNS_WITHIN_MS;
  for (;;) {
    const pod = await cluster.pod(namespace, name, signal);
    const status = pod?.status?.containerStatuses?.find((one) => one.name === CONTAINER);
    if (pod && status?.state?.running) return { namespace, name, container: CONTAINER, agent: agentOf(pod) };
    if (!pod || clock.monotonicMs() >= untilMs) {
      const why = pod ? whyWaiting(pod) : 'it was deleted';
      throw new LongshoreError('unavailable', `${namespace}/${name} does not run: ${why}`);
    }
    await clock.sleep(LOOK_MS, signal);
  }
}

function probePod({
  namespace,
  name,
  nodeName,
}: Readonly<Record<'namespace' | 'name' | 'nodeName', string>>): NewPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { 'app.kubernetes.io/name': 'longshore-doctor' } },
    spec: {
      nodeName,
      activeDeadlineSeconds: LIFE_SECONDS,
      terminationGracePeriodSeconds: 1,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      tolerations: [{ operator: 'Exists' }],
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: CONTAINER,
          image: PAUSE_IMAGE,
          imagePullPolicy: 'Never',
          // What is typed into a terminal is seen on it, whatever runs there.
          tty: true,
          stdin: true,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}

function placed(pod: Pod | undefined) {
  return pod?.status?.conditions?.find(({ type }) => type === PLACED_CONDITION);
}

function agentOf(pod: Pod): string {
  return /agent=(\S+)/.exec(placed(pod)?.message ?? '')?.[1] ?? 'its agent';
}

function whyWaiting(pod: Pod): string {
  const { status, message } = placed(pod) ?? {};
  if (status !== 'True') return message || 'no controller has placed it';
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  const { reason = pod.status?.reason, message: text = pod.status?.message } = waiting ?? {};
  return [reason, text].filter(Boolean).join(': ') || `its agent has not said anything of it (${message})`;
}
