// The hash of what may change in a container while its pod lives: its image. A running container whose hash differs is
// replaced.
import { createHash } from 'node:crypto';

export function containerHash(container: { readonly name: string; readonly image?: string }): string {
  return createHash('sha256')
    .update(JSON.stringify([container.name, container.image ?? '']))
    .digest('hex')
    .slice(0, 8);
}
