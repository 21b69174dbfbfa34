// A pull that an operator asked for, as the lines of its stream: how far it is, then what was pulled. It takes its turn with
// those of pods, and ends with its stream.
import { LongshoreError } from '../../common/errors.ts';
import { parseImageReference } from '../../common/image-reference.ts';
import { readDockerConfig } from '../pod/registry-credentials.ts';
import type { ImageManager } from './image-manager.ts';
import type { PullProgress } from './pull-progress.ts';

export interface PullWish {
  readonly image: string;
  /** Empty: nobody asks. */
  readonly dockerConfigJson: Buffer;
}

/** Progress is told once more after so long at the earliest. */
const EVERY_MS = 250;

/** Rejects with `invalid` when the wish cannot be read; a pull that fails breaks the iteration off. */
export async function pullImage(
  wish: PullWish,
  { images, nowMs }: { readonly images: Pick<ImageManager, 'ensure'>; readonly nowMs: () => number },
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const { image, dockerConfigJson } = wish;
  if (!parseImageReference(image)) throw new LongshoreError('invalid', `'${image}' is no image reference`);
  const logins = dockerConfigJson.length === 0 ? [] : readDockerConfig(dockerConfigJson.toString('utf8'));
  if (!logins) throw new LongshoreError('invalid', 'the credentials for the registry cannot be read');
  return lines();

  async function* lines(): AsyncGenerator<Buffer> {
    const left = new AbortController();
    let news = Promise.withResolvers<void>();
    let latest: PullProgress | undefined;
    let toldMs = Number.NEGATIVE_INFINITY;
    const request = {
      ...{ image, policy: 'Always', podUid: '', logins },
      onPulling: () => undefined,
      onProgress: () => undefined,
      onStep(progress: PullProgress) {
        latest = progress;
        if (nowMs() - toldMs >= EVERY_MS) news.resolve();
      },
    };
    const pulling = images.ensure(request, AbortSignal.any([signal, left.signal]));
    let isOver = false;
    const over = pulling.then(
      () => {
        isOver = true;
      },
      () => {
        isOver = true;
      },
    );
    try {
      while (!isOver) {
        await Promise.race([news.promise, over]);
        news = Promise.withResolvers<void>();
        if (isOver || !latest) continue;
        toldMs = nowMs();
        yield line({ doneBytes: latest.currentBytes, totalBytes: latest.totalBytes });
      }
      const found = await pulling;
      if (!found) throw new LongshoreError('internal', `nothing came of the pull of ${image}`);
      yield line({ sizeBytes: found.sizeBytes, wasHere: !found.isNew });
    } finally {
      left.abort();
      await over;
    }
  }
}

function line(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
