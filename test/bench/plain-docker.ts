// The floor of everything that starts pods: the same two containers, pause and busybox, through the plain Docker API, in a
// network of the kind that an agent makes for its pods: Docker takes longer for it than for its default one.
import { randomUUID } from 'node:crypto';
import type Docker from 'dockerode';
import { ensurePauseImage } from '../../agent/images/pause-image.ts';
import { ownNetworkRequest } from '../../agent/pod/own-network.ts';
import { createDockerImages } from '../../agent/runtime/docker-images.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';

export interface PlainPod {
  readonly pause: Docker.Container;
  readonly main: Docker.Container;
}

/** Disposing of it removes whatever it started and nobody removed. */
export interface PlainDocker extends AsyncDisposable {
  /** Creates and starts both containers, one call after the other. */
  startPod(): Promise<PlainPod>;
  /** Starts so many, so many at a time. */
  startPods(count: number, concurrency: number): Promise<PlainPod[]>;
  remove(pods: readonly PlainPod[]): Promise<void>;
}

/** For benchmarks (RFC 2544): nobody's addresses. */
const ADDRESSES = '198.18.0.0/24';

const LOGS = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } };

/** `command` is what the pod's container runs. */
export async function openPlainDocker(docker: Docker, command: readonly string[]): Promise<PlainDocker> {
  const { Arch } = await docker.version();
  const pauseImage = await ensurePauseImage(createDockerImages({ prompt: docker, patient: docker }), Arch);
  const image = await ensureBusyboxImage(docker);
  const network = await docker.createNetwork(ownNetworkRequest(randomUUID(), ADDRESSES));

  const left = new Set<Docker.Container>();

  const create = async (options: Docker.ContainerCreateOptions) => {
    const container = await docker.createContainer(options);
    left.add(container);
    return container;
  };
  const removeContainer = async (container: Docker.Container) => {
    await container.remove({ force: true });
    left.delete(container);
  };

  const startPod = async (): Promise<PlainPod> => {
    const pause = await create({
      Image: pauseImage,
      HostConfig: { NetworkMode: network.id, IpcMode: 'shareable', CpuShares: 2, LogConfig: LOGS },
    });
    await pause.start();
    const main = await create({
      Image: image,
      Cmd: [...command],
      HostConfig: {
        NetworkMode: `container:${pause.id}`,
        IpcMode: `container:${pause.id}`,
        LogConfig: LOGS,
      },
    });
    await main.start();
    return { pause, main };
  };

  return {
    startPod,
    async startPods(count, concurrency) {
      const pods: PlainPod[] = [];
      let toStart = count;
      const worker = async () => {
        while (toStart-- > 0) pods.push(await startPod());
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      return pods;
    },
    async remove(pods) {
      for (const { main, pause } of pods) {
        await removeContainer(main);
        await removeContainer(pause);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const container of [...left].reverse()) await removeContainer(container);
      await network.remove().catch(unlessCountedAsUsed);
    },
  };
}

/** Docker 20.10 now and then counts a container that is gone, until it is started anew. */
function unlessCountedAsUsed(error: unknown): void {
  if (!/has active endpoints/.test(String(error))) throw error;
}
