import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { collectOnce } from '../../../../agent/images/image-collector.ts';
import { ImageManager } from '../../../../agent/images/image-manager.ts';
import { openPinnedImages } from '../../../../agent/images/pinned-images.ts';
import { openPulledImages } from '../../../../agent/images/pulled-images.ts';
import { createDockerImages } from '../../../../agent/runtime/docker-images.ts';
import { createPinnedImageFile } from '../../../../agent/state/pinned-image-file.ts';
import { createPulledImageFile } from '../../../../agent/state/pulled-image-file.ts';
import { systemClock } from '../../../../common/clock.ts';
import { createLog } from '../../../../common/log.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { type DockerRegistry, startDockerRegistry } from '../../../kit/docker-registry.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const docker = new Docker();
const engine = createDockerImages({ prompt: docker, patient: docker });
const log = createLog({ name: 'test', level: 'silent' });
const FULL = async () => ({ totalBytes: 1e15, availableBytes: 0 });

describe('a disk that is nearly full', () => {
  let registry: DockerRegistry;
  let folder = '';
  const there = async (name: string) => (await engine.inspect(name)) !== undefined;

  /** An image of its own, in the registry alone. */
  const publish = async (name: string): Promise<string> => {
    const made = await docker.createContainer({ Image: await ensureBusyboxImage(docker), Cmd: ['true'] });
    const local = `longshore.test/${name.replace(':', '-')}:made`;
    await made.commit({ repo: local.split(':')[0], tag: 'made', comment: name });
    await made.remove();
    const target = await registry.push(docker, local, name);
    await docker.getImage(local).remove();
    return target;
  };

  before(async () => {
    registry = await startDockerRegistry();
    folder = await mkdtemp(join(tmpdir(), 'longshore-images-'));
  });
  after(async () => {
    await registry?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('loses what this agent pulled and nobody uses or has pinned, also after a restart, and nothing else', async () => {
    const [unused, used, named, pinned] = await Promise.all([
      publish('team/unused:1'),
      publish('team/used:1'),
      publish('team/named:1'),
      publish('team/pinned:1'),
    ]);
    const owners = await publish('team/owners:1');
    for await (const _ of await engine.pull(pullOf(owners), new AbortController().signal));
    const file = createPulledImageFile(join(folder, 'pulled-images.json'));
    const clock = new ManualClock();
    const pulled = await openPulledImages(file, clock);
    const platform = { os: 'linux', architecture: (await docker.version()).Arch };
    await using manager = new ImageManager({ engine, clock: systemClock, log, platform, pulled });
    for (const image of [unused, used, named, pinned, owners]) {
      const wish = { image, policy: 'Always', podUid: 'uid', logins: [] };
      await manager.ensure({ ...wish, onPulling() {}, onProgress() {} }, new AbortController().signal);
    }
    const container = await docker.createContainer({ Image: used, Cmd: ['true'] });
    await docker.getImage(named).tag({ repo: 'longshore.test/kept', tag: '1' });
    try {
      const restarted = await openPulledImages(file, clock);
      const thresholds = { high: 85, low: 80 };
      const pins = createPinnedImageFile(join(folder, 'pinned-images.json'));
      await (await openPinnedImages(pins)).replace([pinned]);
      const { isPinned, replace } = await openPinnedImages(pins);
      const deps = { engine, pulled: restarted, isPinned, disk: FULL, thresholds, clock, log };
      await collectOnce(deps);
      assert.equal(await there(unused), true, 'it was used a moment ago');
      await clock.advance(180_000);
      await collectOnce(deps);
      const left = await Promise.all([unused, used, named, owners, pinned].map(there));
      assert.deepEqual(left, [false, true, true, true, true]);
      assert.ok(restarted.all().length >= 2);
      await replace([]);
      await collectOnce(deps);
      assert.equal(await there(pinned), false, 'it is no longer pinned');
    } finally {
      await container.remove();
      for (const name of [used, named, owners, 'longshore.test/kept:1'])
        await docker
          .getImage(name)
          .remove({ force: true })
          .catch(() => undefined);
    }
  });

  it('loses nothing when the record of what was pulled is damaged', async () => {
    const file = join(folder, 'damaged.json');
    await writeFile(file, '[{"id":"sha256:1"},{"id":5}]{');
    assert.deepEqual(await createPulledImageFile(file).load(), []);
  });
});

function pullOf(image: string) {
  const colon = image.lastIndexOf(':');
  return { name: image.slice(0, colon), version: image.slice(colon + 1), credential: undefined };
}
