// The files of an image as a tar archive: those of a container that is made for it, never started, and removed after.
import { asked } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';
import type { ImageExport } from './pod-volumes.ts';

/** Whose export it is: not the label by which an agent knows the containers of its pods. */
const EXPORT_LABEL = 'longshore.dev/image-export';

/** One at a time for each agent. */
export function createImageExport(clients: DockerClients, agentUid: string): ImageExport {
  const { prompt, patient } = clients;
  // An agent that died may have left one.
  let isTidy = false;

  async function tidy(): Promise<void> {
    if (isTidy) return;
    await removeExports(clients, agentUid);
    isTidy = true;
  }

  return {
    tidy,
    async run(imageId, signal, use) {
      await tidy();
      isTidy = false;
      try {
        const { id } = await asked(() =>
          prompt.createContainer({
            Image: imageId,
            // It is never run: an image that is only files names nothing that could be.
            Entrypoint: ['/never'],
            Labels: { [EXPORT_LABEL]: agentUid },
            NetworkDisabled: true,
            HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'none', Config: {} } },
          }),
        );
        const stream = await asked(() => patient.getContainer(id).export({ abortSignal: signal }));
        // An aborted request shows as an error of the stream, at whatever moment.
        stream.on('error', () => {});
        await use(stream as AsyncIterable<Uint8Array>);
      } finally {
        // What this cannot do is done by the next.
        await tidy().catch(() => undefined);
      }
    },
  };
}

/** What exports of this agent have left in Docker. */
export async function removeExports(
  { prompt }: Pick<DockerClients, 'prompt'>,
  agentUid: string,
): Promise<void> {
  const filters = { label: [`${EXPORT_LABEL}=${agentUid}`] };
  for (const { Id } of await asked(() => prompt.listContainers({ all: true, filters }))) {
    await asked(() => prompt.getContainer(Id).remove({ force: true, v: true }), [404, 409]);
  }
}
