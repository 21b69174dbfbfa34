import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { ImageManager } from '../../../../agent/images/image-manager.ts';
import type { ImagePullError } from '../../../../agent/images/image-pull-error.ts';
import type { RegistryLogin } from '../../../../agent/pod/registry-credentials.ts';
import { createDockerImages } from '../../../../agent/runtime/docker-images.ts';
import { systemClock } from '../../../../common/clock.ts';
import { createLog } from '../../../../common/log.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { type DockerRegistry, startDockerRegistry, TEST_CREDENTIALS } from '../../../kit/docker-registry.ts';

const docker = new Docker();
const QUIET = { podUid: 'uid', logins: [], onPulling: () => {}, onProgress: () => {} };

function createManager(architecture: string): ImageManager {
  return new ImageManager({
    engine: createDockerImages({ prompt: docker, patient: docker }),
    clock: systemClock,
    log: createLog({ name: 'test', level: 'silent' }),
    platform: { os: 'linux', architecture },
  });
}

describe('pulling from a registry', () => {
  let registry: DockerRegistry;
  let locked: DockerRegistry;
  let manager: ImageManager;
  let image = '';
  const pulled = new Set<string>();

  before(async () => {
    const busybox = await ensureBusyboxImage(docker);
    registry = await startDockerRegistry();
    locked = await startDockerRegistry(TEST_CREDENTIALS);
    image = await registry.push(docker, busybox, 'team/app:1');
    await locked.push(docker, busybox, 'team/app:1');
    manager = createManager((await docker.version()).Arch);
  });

  after(async () => {
    for (const name of pulled) await docker.getImage(name).remove({ force: true });
    await manager?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
    await locked?.[Symbol.asyncDispose]();
  });

  const ensure = async (
    name: string,
    policy?: string,
    signal = new AbortController().signal,
    logins: readonly RegistryLogin[] = [],
  ) => {
    const result = await manager.ensure({ ...QUIET, image: name, policy, logins }, signal);
    assert.ok(result);
    pulled.add(name);
    return result;
  };
  const failure = (reason: string, message: RegExp) => (error: ImagePullError) => {
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    return true;
  };

  it('pulls an absent image once, and then finds it here', async () => {
    const first = await ensure(image);
    assert.equal(first.pulled, true);
    assert.ok(first.sizeBytes > 100_000);
    assert.match(first.repoDigests.join(), /127\.0\.0\.1:\d+\/team\/app@sha256:[0-9a-f]{64}/);
    assert.equal((await ensure(image)).pulled, false);
    assert.equal((await ensure(image, 'Always')).pulled, true);
  });

  it('pulls by digest', async () => {
    const { repoDigests, imageId } = await ensure(image);
    const digest = repoDigests.find((name) => name.startsWith(registry.host)) ?? '';
    await docker.getImage(image).remove({ force: true });
    const again = await ensure(digest);
    assert.deepEqual([again.pulled, again.imageId], [true, imageId]);
    pulled.delete(image);
  });

  it('says that a tag does not exist', async () => {
    await assert.rejects(
      ensure(`${registry.host}/team/app:2`),
      failure('ErrImagePull', /manifest for .*app:2 not found/),
    );
  });

  it('says that a registry wants credentials', async () => {
    await assert.rejects(
      ensure(`${locked.host}/team/app:1`),
      failure('ErrImagePull', /no basic auth credentials.*wants credentials/),
    );
  });

  it('pulls with the first of the credentials that the registry takes, and then as nobody', async () => {
    const login = (password: string): RegistryLogin => {
      const { username } = TEST_CREDENTIALS;
      return { scope: locked.host, username, password, identityToken: '' };
    };
    const name = `${locked.host}/team/app:1`;
    const signal = new AbortController().signal;
    const both = [login('wrong'), login(TEST_CREDENTIALS.password)];
    assert.equal((await ensure(name, 'Always', signal, both)).pulled, true);
    await assert.rejects(
      ensure(name, 'Always', signal, [login('wrong')]),
      failure('ErrImagePull', /unauthorized/),
    );
    assert.equal(
      (await ensure(image, 'Always', signal, [{ ...login('x'), scope: registry.host }])).pulled,
      true,
    );
  });

  it('says that nobody answers at a registry', async () => {
    await assert.rejects(ensure('127.0.0.1:1/team/app:1'), failure('ErrImagePull', /connection refused/));
  });

  it('tells a registry that is down for a while from an image that is not there', async () => {
    await using server = await answering(503);
    await assert.rejects(ensure(`${server.host}/app:1`), failure('RegistryUnavailable', /503/));
  });

  it('refuses an image built for another machine', async () => {
    await using foreign = createManager('riscv64');
    const busybox = await ensureBusyboxImage(docker);
    await assert.rejects(
      foreign.ensure({ ...QUIET, image: busybox, policy: 'Never' }, AbortSignal.timeout(9000)),
      failure('ErrImagePull', /but this machine runs linux\/riscv64/),
    );
  });

  it('ends a pull that hangs when its asker leaves, and leaves Docker able to pull', async () => {
    await using server = await answering('never');
    const leaving = new AbortController();
    const hanging = ensure(`${server.host}/app:1`, 'Always', leaving.signal);
    await server.asked;
    leaving.abort();
    await assert.rejects(hanging, { name: 'AbortError' });
    assert.equal((await ensure(image, 'Always')).pulled, true);
  });
});

/** A registry that answers everything with one status, or not at all. */
async function answering(status: number | 'never') {
  const asked = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    asked.resolve();
    if (status !== 'never') response.writeHead(status).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
