// pod-burst: how long 50 pods created at once take until all are Running, on one agent.
import Docker from 'dockerode';
import { startSandbox } from '../../kit/sandbox.ts';
import { COMMAND, createPods, deletePods, isRunning, podNames } from '../bench-pods.ts';
import type { BenchContext, Benchmark } from '../benchmark.ts';
import { openPlainDocker, type PlainDocker } from '../plain-docker.ts';
import { openPodApi, type PodApi } from '../pod-api.ts';

const PODS = 50;
const TRIED = [1, 2, 4, 8, 16];
const TRIAL_PODS = 16;

export function podBurst(): Benchmark<'all running'> {
  const held = new AsyncDisposableStack();
  let plain: PlainDocker;
  let api: PodApi;
  let concurrency = 1;
  return {
    name: 'pod-burst',
    what: `From creating ${PODS} pods of one container at once to seeing all of them Running in the API, on one agent, against starting the same containers, in a network of the same kind, by the plain Docker API, so many at a time as turned out fastest (of ${TRIED.join(', ')}).`,
    figures: { 'all running': { unit: 'ms', target: { kind: 'ratio', atMost: 1.15 } } },
    rounds: 3,
    async setup(context) {
      plain = held.use(await openPlainDocker(new Docker(), COMMAND));
      concurrency = await bestConcurrency(plain, context);
      context.say('starting a sandbox');
      const sandbox = held.use(await startSandbox({ agents: 1 }));
      api = held.use(await openPodApi(sandbox.kubeconfig));
    },
    async run(round) {
      const names = podNames(`burst-${round}`, PODS);
      const startMs = performance.now();
      await createPods(api, names);
      await api.until(names, isRunning);
      const tookMs = performance.now() - startMs;
      await deletePods(api, names);
      return { 'all running': tookMs };
    },
    async floor() {
      const startMs = performance.now();
      const pods = await plain.startPods(PODS, concurrency);
      const tookMs = performance.now() - startMs;
      await plain.remove(pods);
      return { 'all running': tookMs };
    },
    teardown: () => held.disposeAsync(),
  };
}

async function bestConcurrency(plain: PlainDocker, { say }: BenchContext): Promise<number> {
  let best = { concurrency: 1, tookMs: Number.POSITIVE_INFINITY };
  for (const concurrency of TRIED) {
    const startMs = performance.now();
    const pods = await plain.startPods(TRIAL_PODS, concurrency);
    const tookMs = performance.now() - startMs;
    await plain.remove(pods);
    say(`plain Docker, ${concurrency} at a time: ${TRIAL_PODS} pods in ${Math.round(tookMs)} ms`);
    if (tookMs < best.tookMs) best = { concurrency, tookMs };
  }
  return best.concurrency;
}
