// The floor of everything that starts pods: the same two containers, pause and busybox, through the plain Docker API.
import type Docker from 'dockerode';
import { ensurePauseImage } from '../../agent/images/pause-image.ts';
import { createDockerImages } from '../../agent/runtime/docker-images.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';

export interface PlainPod {
  readonly pause: Docker.Container;
  readonly main: Docker.Container;
}

export interface PlainDocker {
  /** Creates and starts both containers, one call after the other. */
  startPod(): Promise<PlainPod>;
  /** Starts so many, so many at a time. */
  startPods(count: number, concurrency: number): Promise<PlainPod[]>;
  remove(pods: readonly PlainPod[]): Promise<void>;
}

const LOGS = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } };

/** `command` is what the pod's container runs. */
export async function openPlainDocker(docker: Docker, command: readonly string[]): Promise<PlainDocker> {
  const { Arch } = await docker.version();
  const pauseImage = await ensurePauseImage(createDockerImages({ prompt: docker, patient: docker }), Arch);
  const image = await ensureBusyboxImage(docker);

  const startPod = async (): Promise<PlainPod> => {
    const pause = await docker.createContainer({
      Image: pauseImage,
      HostConfig: { IpcMode: 'shareable', CpuShares: 2, OomScoreAdj: -998, LogConfig: LOGS },
    });
    await pause.start();
    const main = await docker.createContainer({
      Image: image,
      Cmd: [...command],
      HostConfig: {
        NetworkMode: `container:${pause.id}`,
        IpcMode: `container:${pause.id}`,
        OomScoreAdj: 1000,
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
      let left = count;
      const worker = async () => {
        while (left-- > 0) pods.push(await startPod());
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      return pods;
    },
    async remove(pods) {
      for (const { main, pause } of pods) {
        await main.remove({ force: true });
        await pause.remove({ force: true });
      }
    },
  };
}
