// The files of an image as a tar archive: those of a container that is made for it, never started, and removed after.
import { asked } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';
import type { ExportImage } from './pod-volumes.ts';

/** Whose export it is: not the label by which an agent knows the containers of its pods. */
const EXPORT_LABEL = 'longshore.dev/image-export';

/** One at a time for each agent. */
export function createImageExport({ prompt, patient }: DockerClients, agentUid: string): ExportImage {
  const removeLeftOver = async () => {
    const filters = { label: [`${EXPORT_LABEL}=${agentUid}`] };
    for (const { Id } of await prompt.listContainers({ all: true, filters })) await remove(Id);
  };
  const remove = (id: string) =>
    asked(() => prompt.getContainer(id).remove({ force: true, v: true }), [404, 409]);

  return async (imageId, signal) => {
    const id = await asked(async () => {
      await removeLeftOver();
      const container = await prompt.createContainer({
        Image: imageId,
        // It is never run: an image that is only files names nothing that could be.
        Entrypoint: ['/never'],
        Labels: { [EXPORT_LABEL]: agentUid },
        NetworkDisabled: true,
        HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'none', Config: {} } },
      });
      return container.id;
    });
    return (async function* () {
      try {
        const stream = await asked(() => patient.getContainer(id).export({ abortSignal: signal }));
        // An aborted request shows as an error of the stream, at whatever moment.
        stream.on('error', () => {});
        yield* stream as AsyncIterable<Uint8Array>;
      } finally {
        await remove(id);
      }
    })();
  };
}
