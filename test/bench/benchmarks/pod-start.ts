// pod-start: how long one pod takes from its creation to Running, as a client of the API sees it.
import Docker from 'dockerode';
import { startSandbox, type TestSandbox } from '../../kit/sandbox.ts';
import { COMMAND, createPods, deletePods, isRunning } from '../bench-pods.ts';
import type { Benchmark } from '../benchmark.ts';
import { openPlainDocker, type PlainDocker } from '../plain-docker.ts';
import { openPodApi, type PodApi } from '../pod-api.ts';

export function podStart(): Benchmark<'start'> {
  const held = new AsyncDisposableStack();
  let plain: PlainDocker;
  let api: PodApi;
  return {
    name: 'pod-start',
    what: 'From creating a pod of one container, its image present, to seeing it Running in the API (through scheduler, controller and agent), against creating and starting the same two containers (pause and the container), in a network of the same kind, by the plain Docker API, one call after the other.',
    figures: { start: { unit: 'ms', target: { kind: 'ratio', atMost: 1.15 } } },
    rounds: 30,
    async setup({ say }) {
      plain = held.use(await openPlainDocker(new Docker(), COMMAND));
      say('starting a sandbox');
      const sandbox: TestSandbox = held.use(await startSandbox({ agents: 1 }));
      api = held.use(await openPodApi(sandbox.kubeconfig));
    },
    async run(round) {
      const names = [`start-${round}`];
      const startMs = performance.now();
      await createPods(api, names);
      await api.until(names, isRunning);
      const start = performance.now() - startMs;
      await deletePods(api, names);
      return { start };
    },
    async floor() {
      const startMs = performance.now();
      const pod = await plain.startPod();
      const start = performance.now() - startMs;
      await plain.remove([pod]);
      return { start };
    },
    teardown: () => held.disposeAsync(),
  };
}
