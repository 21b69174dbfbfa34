// Which images the agent has pulled, as one file of its state folder.
import { readBoundedFile, writeFileAtomic } from './atomic-file.ts';

interface PulledImage {
  readonly id: string;
  readonly names: readonly string[];
  readonly lastUsedMs: number;
}

export interface PulledImageFile {
  /** Empty when there is none, or when it cannot be read. */
  load(): Promise<readonly PulledImage[]>;
  /** Durable when it resolves. */
  save(images: readonly PulledImage[]): Promise<void>;
}

const MAX_BYTES = 4 * 1024 * 1024;

export function createPulledImageFile(path: string): PulledImageFile {
  return {
    async load() {
      try {
        const value: unknown = JSON.parse((await readBoundedFile(path, MAX_BYTES)) ?? '[]');
        return Array.isArray(value) ? value.filter(isPulledImage) : [];
      } catch {
        return [];
      }
    },
    save: (images) => writeFileAtomic(path, `${JSON.stringify(images)}\n`),
  };
}

function isPulledImage(value: unknown): value is PulledImage {
  if (typeof value !== 'object' || value === null) return false;
  const { id, names, lastUsedMs } = value as Partial<Record<keyof PulledImage, unknown>>;
  return (
    typeof id === 'string' &&
    Array.isArray(names) &&
    names.every((name) => typeof name === 'string') &&
    typeof lastUsedMs === 'number'
  );
}
