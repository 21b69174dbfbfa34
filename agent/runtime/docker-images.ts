// Images through dockerode: the engine that agent/images works with.
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { ImageEngine, ImageFacts } from '../images/image-engine.ts';
import type { RegistryCredential } from '../pod/registry-credentials.ts';
import type { DockerClients } from './docker-clients.ts';

export function createDockerImages({ prompt, patient }: DockerClients): ImageEngine {
  return {
    inspect: (reference) => inspect(prompt, reference),
    async pull({ name, version, credential }, signal) {
      try {
        const options = { fromImage: name, tag: version, abortSignal: signal };
        return readable(await patient.createImage(credential && authConfig(name, credential), options));
      } catch (cause) {
        signal.throwIfAborted();
        throw new Error(dockerMessage(cause), { cause });
      }
    },
    async list() {
      return (await prompt.listImages()).map(({ Id, RepoTags, RepoDigests, Size }) => ({
        id: Id,
        // An image that has lost its name is listed as `<none>:<none>`.
        repoTags: (RepoTags ?? []).filter((tag) => !tag.startsWith('<none>')),
        repoDigests: (RepoDigests ?? []).filter((digest) => !digest.startsWith('<none>')),
        sizeBytes: Size,
        os: '',
        architecture: '',
      }));
    },
    async inUse() {
      return new Set((await prompt.listContainers({ all: true })).map(({ ImageID }) => ImageID));
    },
    async remove(reference) {
      try {
        await prompt.getImage(reference).remove();
      } catch (cause) {
        if (statusCode(cause) !== 404) throw new Error(dockerMessage(cause), { cause });
      }
    },
    async importArchive({ name, tag, archive, changes }) {
      const options = { repo: name, tag, changes: [...changes] };
      const progress = await prompt.importImage(Readable.from([archive]), options);
      let text = '';
      for await (const chunk of readable(progress)) text += String(chunk);
      if (await inspect(prompt, `${name}:${tag}`)) return;
      // Podman imports it without its name.
      const id = IMPORTED.exec(text)?.[1];
      if (!id) throw new Error(`Docker did not import ${name}:${tag}: ${text.trim()}`);
      await prompt.getImage(id).tag({ repo: name, tag });
    },
  };
}

const IMPORTED = /"status":"(?:sha256:)?([0-9a-f]{64})"/;

/** As Docker's clients send it. */
function authConfig(name: string, { username, password, identityToken }: RegistryCredential): object {
  const [registry = ''] = name.split('/');
  const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  return identityToken === ''
    ? { username, password, serveraddress }
    : { identitytoken: identityToken, serveraddress };
}

async function inspect(docker: Docker, reference: string): Promise<ImageFacts | undefined> {
  try {
    const found = await docker.getImage(reference).inspect();
    return {
      id: found.Id,
      repoTags: found.RepoTags ?? [],
      repoDigests: found.RepoDigests ?? [],
      sizeBytes: found.Size,
      os: found.Os,
      architecture: found.Architecture,
    };
  } catch (cause) {
    if (statusCode(cause) === 404) return undefined;
    throw new Error(dockerMessage(cause), { cause });
  }
}

/** An aborted request shows as an error of the stream, at whatever moment: unheard, it would end the process. */
function readable(stream: NodeJS.ReadableStream): AsyncIterable<Uint8Array> {
  stream.on('error', () => {});
  return stream as AsyncIterable<Uint8Array>;
}

function statusCode(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

/** dockerode's `(HTTP code 404) no such image - …`, without what is no use to people. */
function dockerMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}
