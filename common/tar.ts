// Writes a tar archive (ustar) from a list of entries: what Docker imports images from. Every byte is decided by the
// entries, owners and times are zero, so the same entries make the same archive.
import { LongshoreError } from './errors.ts';

export type TarEntry = { readonly path: string; readonly mode: number } & (
  | { readonly kind: 'file'; readonly content: Uint8Array | string }
  | { readonly kind: 'folder' }
  | { readonly kind: 'link'; readonly target: string }
);

const BLOCK = 512;
const MAX_NAME = 100;

export function tarArchive(entries: readonly TarEntry[]): Buffer {
  const end = Buffer.alloc(2 * BLOCK);
  return Buffer.concat([...entries.flatMap(entryBlocks), end]);
}

function entryBlocks(entry: TarEntry): Buffer[] {
  const content = entry.kind === 'file' ? Buffer.from(entry.content) : Buffer.alloc(0);
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return [header(entry, content.length), content, padding];
}

const TYPE_FLAG = { file: '0', folder: '5', link: '2' } as const;

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const text = (offset: number, value: string) => block.write(value, offset, 'utf8');
  const octal = (offset: number, length: number, value: number) =>
    text(offset, value.toString(8).padStart(length - 1, '0'));

  text(0, bounded(entry.kind === 'folder' ? `${entry.path}/` : entry.path));
  octal(100, 8, entry.mode);
  octal(108, 8, 0);
  octal(116, 8, 0);
  octal(124, 12, size);
  octal(136, 12, 0);
  text(148, ' '.repeat(8));
  text(156, TYPE_FLAG[entry.kind]);
  if (entry.kind === 'link') text(157, bounded(entry.target));
  text(257, 'ustar\0' + '00');
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  text(148, `${checksum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

function bounded(name: string): string {
  if (Buffer.byteLength(name) > MAX_NAME) {
    throw new LongshoreError('invalid', `'${name}' is too long for a tar archive: at most ${MAX_NAME} bytes`);
  }
  return name;
}
