// The image of the pod sandbox's pause container. The agent carries the executable and makes the image itself, so no
// registry is needed for it. Its tag is the hash of what is in it: a new executable is a new image.
import { createHash } from 'node:crypto';
import { LongshoreError } from '../../common/errors.ts';
import { PAUSE_IMAGE } from '../../common/names.ts';
import { tarArchive } from '../../common/tar.ts';
import type { ImageEngine } from './image-engine.ts';
import { PAUSE_BINARIES } from './pause-binaries.ts';

const CHANGES = ['ENTRYPOINT ["/pause"]', 'LABEL longshore.dev/pause=true'];

/** The image's name, for an architecture as Go names it. Throws `precondition` when there is no executable for it. */
export function pauseImageName(architecture: string): string {
  return `${PAUSE_IMAGE}:${pauseTag(pauseArchive(architecture))}`;
}

/** Makes the image where it is missing; resolves with its name. Idempotent, and safe against another agent's doing it. */
export async function ensurePauseImage(
  engine: Pick<ImageEngine, 'inspect' | 'importArchive'>,
  architecture: string,
): Promise<string> {
  const archive = pauseArchive(architecture);
  const tag = pauseTag(archive);
  const name = `${PAUSE_IMAGE}:${tag}`;
  if (!(await engine.inspect(name))) {
    await engine.importArchive({ name: PAUSE_IMAGE, tag, archive, changes: CHANGES });
  }
  return name;
}

function pauseArchive(architecture: string): Buffer {
  const encoded = Object.entries(PAUSE_BINARIES).find(([name]) => name === architecture)?.[1];
  if (encoded === undefined) {
    throw new LongshoreError(
      'precondition',
      `no pause executable for ${architecture}: agents run on ${Object.keys(PAUSE_BINARIES).join(' and ')}`,
    );
  }
  return tarArchive([{ path: 'pause', mode: 0o555, kind: 'file', content: Buffer.from(encoded, 'base64') }]);
}

function pauseTag(archive: Buffer): string {
  return createHash('sha256').update(archive).update(CHANGES.join('\n')).digest('hex').slice(0, 16);
}
