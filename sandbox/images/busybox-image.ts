// The image that demos and tests run: the machine's own static busybox, imported into Docker on the spot, so that no
// registry is contacted.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import Docker from 'dockerode';
import { createDockerImages } from '../../agent/runtime/docker-images.ts';
import { LongshoreError } from '../../common/errors.ts';
import { type TarEntry, tarArchive } from '../../common/tar.ts';

export const BUSYBOX_IMAGE = 'longshore.test/busybox:1';

const BUSYBOX = '/bin/busybox';

/** The image's name; it is made when this Docker does not have it. */
export async function ensureBusyboxImage(docker: Docker = new Docker()): Promise<string> {
  const images = createDockerImages({ prompt: docker, patient: docker });
  try {
    if (await images.inspect(BUSYBOX_IMAGE)) return BUSYBOX_IMAGE;
  } catch (cause) {
    throw new LongshoreError('unavailable', 'cannot ask Docker for its images; is it running?', { cause });
  }
  const [name = '', tag = ''] = BUSYBOX_IMAGE.split(':');
  const archive = tarArchive(rootFileSystem());
  await images.importArchive({ name, tag, archive, changes: ['CMD ["/bin/sh"]'] });
  return BUSYBOX_IMAGE;
}

function rootFileSystem(): TarEntry[] {
  if (!existsSync(BUSYBOX)) {
    throw new LongshoreError(
      'precondition',
      `${BUSYBOX} is missing: install a static busybox (on Debian and Ubuntu: apt-get install busybox-static)`,
    );
  }
  const applets = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  return [
    ...['bin', 'etc', 'root', 'usr', 'var'].map((path) => ({ path, mode: 0o755, kind: 'folder' as const })),
    { path: 'tmp', mode: 0o1777, kind: 'folder' },
    { path: 'bin/busybox', mode: 0o755, kind: 'file', content: readFileSync(BUSYBOX) },
    ...applets
      .filter((applet) => applet !== 'busybox')
      .map((applet) => ({
        path: `bin/${applet}`,
        mode: 0o777,
        kind: 'link' as const,
        target: 'busybox',
      })),
    { path: 'sbin', mode: 0o777, kind: 'link', target: 'bin' },
    { path: 'usr/bin', mode: 0o777, kind: 'link', target: '../bin' },
    { path: 'usr/sbin', mode: 0o777, kind: 'link', target: '../bin' },
    {
      path: 'etc/passwd',
      mode: 0o644,
      kind: 'file',
      content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
    },
    { path: 'etc/group', mode: 0o644, kind: 'file', content: 'root:x:0:\nnogroup:x:65534:\n' },
  ];
}
