import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { createDockerImages } from '../../../../agent/runtime/docker-images.ts';
import { tarArchive } from '../../../../common/tar.ts';
import { BUSYBOX_IMAGE } from '../../../kit/busybox-image.ts';
import { startDockerRegistry, TEST_CREDENTIALS } from '../../../kit/docker-registry.ts';
import { eventually } from '../../../kit/eventually.ts';
import { onPodMachine } from '../../../kit/on-pod-machine.ts';
import { mounting, type PodMachine, SERVE, scriptPod } from '../../../kit/pod-machine.ts';
import { found, secret } from '../../../kit/pod-objects.ts';

describe('containers in Docker and the images that their pod mounts', () => {
  let machine: PodMachine;
  const { apply, running, end, said } = onPodMachine((fresh) => {
    machine = fresh;
  });

  it('see what an image holds, once for all pods, and cannot change it', async () => {
    const tag = String(process.pid);
    const files = [
      { kind: 'file', path: 'greeting', content: 'hello\n', mode: 0o644 },
      { kind: 'folder', path: 'model/', mode: 0o755 },
      { kind: 'file', path: 'model/weights', content: 'heavy\n', mode: 0o600 },
    ] as const;
    const image = `longshore.test/data:${tag}`;
    const engine = createDockerImages(machine.docker);
    await engine.importArchive({ name: 'longshore.test/data', tag, archive: tarArchive(files), changes: [] });
    const volumes = [{ name: 'data', image: { reference: image, pullPolicy: 'Never' } }];
    const script = 'exec 2>&1; cd /data; find . -type f; cat greeting /weights; touch x; sleep 3600';
    const mounts = [
      { name: 'data', mountPath: '/data' },
      { name: 'data', mountPath: '/weights', subPath: 'model/weights' },
    ];
    const pod = () => scriptPod({ main: script }, { volumes, containers: [mounting('main', ...mounts)] });
    const [one, other] = [await running(pod()), await running(pod())];
    const expected =
      /^(.\/greeting\n.\/model\/weights|.\/model\/weights\n.\/greeting)\nhello\nheavy\ntouch: x: Read-only file system$/;
    for (const uid of [one, other]) await said(uid, 'main', expected);
    const [content = '', ...more] = await readdir(machine.imagesDir);
    assert.deepEqual(more, [], 'one copy');
    const pulled = machine.events.filter(({ podUid, message }) => podUid === one && message.includes(image));
    assert.deepEqual(
      pulled.map(({ reason, message }) => `${reason}: ${message}`),
      [`Pulled: Container image "${image}" already present on machine`],
    );
    await machine.stopAgent();
    const exports = { label: [`longshore.dev/image-export=${machine.agentUid}`] };
    await machine.docker.prompt.createContainer({
      ...{ Image: BUSYBOX_IMAGE, Labels: { 'longshore.dev/image-export': machine.agentUid } },
    });
    await machine.startAgent();
    await end(one);
    assert.deepEqual(await readdir(machine.imagesDir), [content], 'somebody uses it');
    await end(other);
    await eventually(async () => (await readdir(machine.imagesDir)).length === 0, { what: 'its end' });
    assert.deepEqual(await machine.docker.prompt.listContainers({ all: true, filters: exports }), []);
    await engine.remove(image);
  });

  it('see an image of a private registry that their pull secret opens', async () => {
    await using registry = await startDockerRegistry(TEST_CREDENTIALS);
    const docker = machine.docker.prompt;
    const engine = createDockerImages(machine.docker);
    const archive = tarArchive([{ kind: 'file', path: 'secret-model', content: 'x', mode: 0o644 }]);
    const local = { name: 'longshore.test/private', tag: String(process.pid) };
    await engine.importArchive({ ...local, archive, changes: [] });
    const image = await registry.push(docker, `${local.name}:${local.tag}`, 'data:1');
    await engine.remove(`${local.name}:${local.tag}`);
    const { username, password } = TEST_CREDENTIALS;
    const config = JSON.stringify({ auths: { [registry.host]: { username, password } } });
    const login = secret({ '.dockerconfigjson': config }, 'kubernetes.io/dockerconfigjson');
    await machine.objects.put('secrets/default/login', found(login));
    const volumes = [{ name: 'data', image: { reference: image } }];
    const container = mounting('main', { name: 'data', mountPath: '/data' });
    const script = { main: 'ls /data; exec sleep 3600' };
    const imagePullSecrets = [{ name: 'login' }];
    const uid = await running(scriptPod(script, { volumes, containers: [container], imagePullSecrets }));
    await said(uid, 'main', 'secret-model');
    const told = machine.events.filter(({ podUid, message }) => podUid === uid && message.includes(image));
    assert.deepEqual(
      told.map(({ reason, fieldPath }) => [reason, fieldPath]),
      [
        ['Pulling', undefined],
        ['Pulled', undefined],
      ],
    );
    await end(uid);
    await engine.remove(image);
  });

  it('wait for an image that cannot be had as for their own, and go on when it can', async () => {
    const tag = `${process.pid}-later`;
    const image = `longshore.test/data:${tag}`;
    const volumes = [{ name: 'data', image: { reference: image, pullPolicy: 'Never' } }];
    const container = mounting('main', { name: 'data', mountPath: '/data' });
    const uid = await apply(scriptPod({ main: SERVE }, { volumes, containers: [container] }));
    const waiting = () => machine.container(uid, 'main')?.state?.waiting;
    await eventually(() => waiting()?.reason === 'ErrImageNeverPull', { what: 'ErrImageNeverPull' });
    assert.equal(waiting()?.message, `Container image "${image}" is not present with pull policy of Never`);
    const engine = createDockerImages(machine.docker);
    const archive = tarArchive([{ kind: 'file', path: 'file', content: 'x', mode: 0o644 }]);
    await engine.importArchive({ name: 'longshore.test/data', tag, archive, changes: [] });
    await eventually(() => machine.status(uid)?.phase === 'Running', { timeoutMs: 30_000, what: 'Running' });
    await end(uid);
    await engine.remove(image);
  });
});
