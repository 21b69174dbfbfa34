// What Docker says of itself.
import { LongshoreError } from '../../common/errors.ts';
import type { DockerClients } from './docker.ts';

export interface DockerInfo {
  readonly version: string;
  /** Where Docker keeps images and containers. */
  readonly rootDir: string;
}

export async function readDockerInfo({ prompt }: DockerClients, socketPath: string): Promise<DockerInfo> {
  try {
    const info = await prompt.info();
    return { version: info.ServerVersion, rootDir: info.DockerRootDir };
  } catch (cause) {
    throw new LongshoreError(
      'unavailable',
      `Docker does not answer at ${socketPath}: install and start it, or name its socket with --docker-socket`,
      { cause },
    );
  }
}
