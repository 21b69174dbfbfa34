// Which images the controller wants kept, as one file of the state folder.
import { readBoundedFile, writeFileAtomic } from './atomic-file.ts';

export interface PinnedImageFile {
  /** Empty when there is none, or when it cannot be read. */
  load(): Promise<readonly string[]>;
  /** Durable when it resolves. */
  save(names: readonly string[]): Promise<void>;
}

const MAX_BYTES = 1024 * 1024;

export function createPinnedImageFile(path: string): PinnedImageFile {
  return {
    async load() {
      try {
        const value: unknown = JSON.parse((await readBoundedFile(path, MAX_BYTES)) ?? '[]');
        return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
      } catch {
        return [];
      }
    },
    save: (names) => writeFileAtomic(path, `${JSON.stringify(names)}\n`),
  };
}
