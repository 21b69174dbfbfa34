// What Docker says of itself.
import { LongshoreError } from '../../common/errors.ts';
import type { DockerClients } from './docker-clients.ts';

export interface DockerInfo {
  readonly version: string;
  /** Where Docker keeps images and containers. */
  readonly rootDir: string;
  /** It puts containers under AppArmor profiles. */
  readonly appArmor: boolean;
}

export async function readDockerInfo({ prompt }: DockerClients, socketPath: string): Promise<DockerInfo> {
  try {
    const info = await prompt.info();
    const options: readonly string[] = info.SecurityOptions ?? [];
    return {
      version: info.ServerVersion,
      rootDir: info.DockerRootDir,
      appArmor: options.some((option) => option.split(',').includes('name=apparmor')),
    };
  } catch (cause) {
    throw new LongshoreError(
      'unavailable',
      `Docker does not answer at ${socketPath}: install and start it, or name its socket with --docker-socket`,
      { cause },
    );
  }
}
