// A base image for the controller where there is no registry: this Node.js and the libraries it is linked to, which are
// files of the system's own packages, and nothing else.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { type TarEntry, tarArchive } from '../../common/tar.ts';

/** The image's name; remove it when done. */
export async function importNodeImage(docker: Docker, name: string): Promise<string> {
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
  const file = (path: string, from: string): TarEntry => ({
    kind: 'file',
    path,
    mode: 0o755,
    content: readFileSync(from),
  });
  const entries = [
    file('usr/local/bin/node', process.execPath),
    ...[...libraries].map(([, path = '']) => file(path.slice(1), path)),
  ];
  const [repo, tag] = name.split(':');
  const progress = await docker.importImage(Readable.from([tarArchive(entries)]), {
    repo,
    tag,
    changes: ['ENV PATH=/usr/local/bin'],
  });
  for await (const _ of progress);
  return name;
}
