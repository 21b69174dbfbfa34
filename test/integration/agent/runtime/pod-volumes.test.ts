import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { createDockerImages } from '../../../../agent/runtime/docker-images.ts';
import { readMounts } from '../../../../agent/volumes/mount-table.ts';
import { systemMounter } from '../../../../agent/volumes/mounter.ts';
import type { Pod } from '../../../../common/pod.ts';
import { bundlesReference, referenceKey } from '../../../../common/pod-references.ts';
import { tarArchive } from '../../../../common/tar.ts';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { startDockerRegistry, TEST_CREDENTIALS } from '../../../kit/docker-registry.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, SERVE, scriptPod } from '../../../kit/pod-machine.ts';
import { configMap, found, secret } from '../../../kit/pod-objects.ts';

type Mount = NonNullable<Pod['spec']['containers'][number]['volumeMounts']>[number];

const mounting = (name: string, ...volumeMounts: readonly Mount[]) => ({
  name,
  volumeMounts: [...volumeMounts],
});

describe('containers in Docker and the volumes of their pod', () => {
  let machine: PodMachine;
  /** The machine's own. */
  let dir: string;
  const pods: Pod[] = [];
  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
  });
  after(() => machine[Symbol.asyncDispose]());
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'longshore-host-'));
    await chmod(dir, 0o755);
  });
  afterEach(async () => {
    for (const { metadata } of pods.splice(0)) await end(metadata.uid);
    await rm(dir, { recursive: true });
  });

  const apply = async (pod: Pod): Promise<string> => {
    pods.push(pod);
    await machine.manager.apply(pod);
    return pod.metadata.uid;
  };
  const running = async (pod: Pod): Promise<string> => {
    const uid = await apply(pod);
    await eventually(() => machine.status(uid)?.phase === 'Running', { what: 'phase Running' });
    return uid;
  };
  const end = async (uid: string) => {
    await machine.manager.remove(uid, 1);
    await eventually(() => machine.gone.some((gone) => gone.uid === uid), { what: 'the end of the pod' });
    await machine.manager.acknowledgeGone(uid);
  };
  const said = (uid: string, container: string, text: string | RegExp) =>
    eventually(
      async () => {
        const output = await machine.output(uid, container);
        return typeof text === 'string' ? output === text : text.test(output);
      },
      { what: `'${text}' from ${container}` },
    );
  const failedMounts = (uid: string) =>
    machine.events.filter(({ podUid, reason }) => podUid === uid && reason === 'FailedMount');
  const mountsOf = async (uid: string) =>
    (await readMounts()).filter(({ mountPoint }) => mountPoint.includes(uid)).length;

  it('share an emptyDir, and keep it when they start again', async () => {
    const mount = { name: 'data', mountPath: '/data' };
    const writer = 'id -G; echo once >> /data/file; stat -c "%a %g" /data /data/file; sleep 1; exit 1';
    const reader =
      'until [ "$(grep -c once /data/file 2>/dev/null)" = 2 ]; do sleep 0.1; done; echo twice; sleep 3600';
    const uid = await running(
      scriptPod(
        { writer, reader },
        {
          volumes: [{ name: 'data', emptyDir: {} }],
          securityContext: { fsGroup: 4321, runAsUser: 1000, runAsGroup: 1000 },
          containers: [mounting('writer', mount), mounting('reader', mount)],
        },
      ),
    );
    await machine.stopAgent();
    await machine.startAgent();
    await said(uid, 'reader', 'twice');
    await said(uid, 'writer', '1000 4321\n2777 4321\n644 4321');
    assert.deepEqual(machine.container(uid, 'reader')?.volumeMounts, [mount]);
    const held = join(machine.volumesDir, uid);
    assert.ok((await stat(held)).isDirectory());
    await end(uid);
    await eventually(
      () =>
        stat(held).then(
          () => false,
          () => true,
        ),
      { what: 'the end of the volume' },
    );
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

  it('have an emptyDir in memory, as large as they may make it', async () => {
    const script =
      'df -k /cache | awk "NR==2{print \\$1, \\$2}"; dd if=/dev/zero of=/cache/x bs=1M count=9 2>/dev/null || echo full; sleep 3600';
    const uid = await running(
      scriptPod(
        { main: script },
        {
          volumes: [{ name: 'cache', emptyDir: { medium: 'Memory' } }],
          containers: [
            {
              ...mounting('main', { name: 'cache', mountPath: '/cache' }),
              resources: { limits: { memory: '8Mi' } },
            },
          ],
        },
      ),
    );
    await said(uid, 'main', /^tmpfs 8192\n/);
    assert.equal(await mountsOf(uid), 1);
    await end(uid);
    await eventually(async () => (await mountsOf(uid)) === 0, { what: 'the end of its mounts' });
  });

  it('keep an emptyDir in memory through a new sandbox and a new agent', async () => {
    const script = 'cat /cache/file 2>/dev/null || echo first; echo again > /cache/file; sleep 3600';
    const uid = await running(
      scriptPod(
        { main: script },
        {
          volumes: [{ name: 'cache', emptyDir: { medium: 'Memory' } }],
          containers: [mounting('main', { name: 'cache', mountPath: '/cache' })],
        },
      ),
    );
    await said(uid, 'main', 'first');
    await machine.stopAgent();
    const sandbox = (await machine.names()).find((name) => name.startsWith('k8s_POD') && name.includes(uid));
    await machine.docker.prompt.getContainer(sandbox ?? '').kill();
    await machine.startAgent();
    await eventually(() => machine.container(uid)?.restartCount === 1 && machine.container(uid)?.ready);
    await said(uid, 'main', 'again');
  });

  it('see the machine’s own files, and leave them alone', async () => {
    await writeFile(join(dir, 'file'), 'of the machine');
    const script = 'cat /machine/file; echo changed > /machine/file; ls -d /new; sleep 3600';
    const uid = await running(
      scriptPod(
        { main: script },
        {
          volumes: [
            { name: 'machine', hostPath: { path: dir } },
            { name: 'new', hostPath: { path: join(dir, 'made/deep'), type: 'DirectoryOrCreate' } },
          ],
          containers: [
            mounting('main', { name: 'machine', mountPath: '/machine' }, { name: 'new', mountPath: '/new' }),
          ],
        },
      ),
    );
    await said(uid, 'main', 'of the machine/new');
    await end(uid);
    assert.equal(await readFile(join(dir, 'file'), 'utf8'), 'changed\n');
    assert.ok((await stat(join(dir, 'made/deep'))).isDirectory());
  });

  it('cannot write where their mount is read-only', async () => {
    const script = 'touch /ro/x 2>/dev/null || echo kept out; touch /rw/x && echo let in; sleep 3600';
    const volumes = [{ name: 'data', emptyDir: {} }];
    const uid = await running(
      scriptPod(
        { main: script },
        {
          volumes,
          containers: [
            mounting(
              'main',
              { name: 'data', mountPath: '/ro', readOnly: true },
              { name: 'data', mountPath: '/rw' },
            ),
          ],
        },
      ),
    );
    await said(uid, 'main', 'kept out\nlet in');
    const [readOnly] = machine.container(uid)?.volumeMounts ?? [];
    assert.deepEqual(readOnly, {
      name: 'data',
      mountPath: '/ro',
      readOnly: true,
      recursiveReadOnly: 'Disabled',
    });
  });

  it('see files by the names and modes that were chosen, of certificates and of themselves too', async () => {
    const { objects } = machine;
    await objects.put('configmaps/default/paint', found(configMap({ colour: 'green', size: '7' })));
    await objects.put('secrets/default/guest', found(secret({ user: 'ada', password: 'x' })));
    await objects.put('clustertrustbundles/name/own', found('-----BEGIN CERTIFICATE-----'));
    const nobodys = { signerName: 'example.com/nobody', path: 'none.crt', optional: true };
    await objects.put(referenceKey(bundlesReference(nobodys)), { kind: 'absent' });
    const items = [
      { key: 'colour', path: 'deep/colour' },
      { key: 'size', path: 'size', mode: 0o440 },
    ];
    const limit = { containerName: 'main', resource: 'limits.memory', divisor: '1Mi' };
    const itself = [
      { path: 'name', fieldRef: { fieldPath: 'metadata.labels' } },
      { path: 'limit', resourceFieldRef: limit, mode: 0o444 },
    ];
    const sources = [
      { configMap: { name: 'paint', items } },
      { downwardAPI: { items: itself } },
      { secret: { name: 'guest', items: [{ key: 'user', path: 'who', mode: 0o400 }] } },
      { clusterTrustBundle: { name: 'own', path: 'own.crt' } },
      { clusterTrustBundle: nobodys },
    ];
    const volumes = [
      { name: 'config', configMap: { name: 'paint', items, defaultMode: 0o400 } },
      {
        name: 'secret',
        secret: { secretName: 'guest', items: [{ key: 'user', path: 'who' }], defaultMode: 0o600 },
      },
      { name: 'itself', downwardAPI: { items: itself, defaultMode: 0o640 } },
      { name: 'all', projected: { sources, defaultMode: 0o604 } },
    ];
    const script = [
      'for file in $(cd /v; find -L * -type f | grep -v /[.][.] | sort)',
      'do stat -L -c "%n %a $(cat /v/$file)" /v/$file; done 2>&1; exec sleep 3600',
    ].join('; ');
    const main = {
      ...mounting('main', ...volumes.map(({ name }) => ({ name, mountPath: `/v/${name}` }))),
      resources: { limits: { memory: '32Mi' } },
    };
    const labels = { tier: 'web' };
    const uid = await running(scriptPod({ main: script }, { volumes, containers: [main] }, { labels }));
    const expected = [
      'all/deep/colour 604 green',
      'all/limit 444 32',
      'all/name 604 tier="web"',
      'all/none.crt 604 ',
      'all/own.crt 604 -----BEGIN CERTIFICATE-----',
      'all/size 440 7',
      'all/who 400 ada',
      'config/deep/colour 400 green',
      'config/size 440 7',
      'itself/limit 444 32',
      'itself/name 640 tier="web"',
      'secret/who 600 ada',
    ];
    await said(uid, 'main', expected.map((line) => `/v/${line}`).join('\n'));
  });

  it('cannot write to a claim that is mounted read-only', async () => {
    const source = { kind: 'hostPath', path: dir, type: '' };
    const volume = { name: 'pv', isBlock: false, mountOptions: [], source };
    await machine.objects.put('persistentvolumeclaims/default/disk', found({ kind: 'bound', volume }));
    const claim = (name: string, readOnly: boolean) => ({
      name,
      persistentVolumeClaim: { claimName: 'disk', readOnly },
    });
    const volumes = [claim('open', false), claim('shut', true)];
    const main = mounting('main', ...volumes.map(({ name }) => ({ name, mountPath: `/${name}` })));
    const script = 'exec 2>&1; echo kept > /open/file; cat /shut/file; echo no > /shut/file; exec sleep 3600';
    const uid = await running(scriptPod({ main: script }, { volumes, containers: [main] }));
    await said(uid, 'main', /^kept\n.*Read-only file system$/);
  });

  it('see a part of a volume, named by their environment too', async () => {
    await writeFile(join(dir, 'settings'), 'one file\n');
    const script = 'cat /etc/settings; echo mine > /logs/log; ls -R /all; sleep 3600';
    const env = [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
    const pod = scriptPod(
      { main: script },
      {
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'machine', hostPath: { path: dir } },
        ],
        containers: [
          {
            ...mounting(
              'main',
              { name: 'machine', mountPath: '/etc/settings', subPath: 'settings', readOnly: true },
              { name: 'data', mountPath: '/logs', subPathExpr: 'logs/$(POD)' },
              { name: 'data', mountPath: '/all' },
            ),
            env,
          },
        ],
      },
    );
    const uid = await running(pod);
    const { name } = pod.metadata;
    await said(uid, 'main', `one file\n/all:\nlogs\n\n/all/logs:\n${name}\n\n/all/logs/${name}:\nlog`);
    assert.equal(await mountsOf(uid), 2);
    await end(uid);
    await eventually(async () => (await mountsOf(uid)) === 0, { what: 'the end of its mounts' });
    assert.equal(await readFile(join(dir, 'settings'), 'utf8'), 'one file\n');
  });

  it('wait while the part they ask for cannot be, and start when it can', async () => {
    const env = (value: string) => [{ name: 'PART', value }];
    const pod = (value: string, spec: Partial<Pod['spec']> = {}) =>
      scriptPod(
        { main: SERVE },
        {
          volumes: [{ name: 'data', hostPath: { path: dir } }],
          containers: [
            {
              ...mounting('main', { name: 'data', mountPath: '/data', subPathExpr: '$(PART)' }),
              env: env(value),
            },
          ],
          ...spec,
        },
      );
    const escaping = await apply(pod('../etc'));
    const waiting = await eventually(() => machine.container(escaping)?.state?.waiting?.message, {
      what: 'a waiting message',
    });
    assert.equal(waiting, "unable to provision SubPath `../etc`: must not contain '..'");
    assert.equal(machine.container(escaping)?.state?.waiting?.reason, 'CreateContainerConfigError');
    execFileSync('ln', ['-s', '/etc', join(dir, 'link')]);
    const linked = await apply(pod('link'));
    const message = 'failed to prepare subPath for volumeMount "data" of container "main"';
    await eventually(() => machine.container(linked)?.state?.waiting?.message === message, { what: message });
    await rm(join(dir, 'link'));
    await eventually(() => machine.status(linked)?.phase === 'Running', { what: 'phase Running' });
  });

  it('see what is mounted on the machine later, and mount for others, as asked', async () => {
    const shared = join(dir, 'shared');
    await mkdir(shared);
    execFileSync('mount', ['--bind', shared, shared]);
    try {
      execFileSync('mount', ['--make-shared', shared]);
      const looks = 'until [ -e /data/later/file ]; do sleep 0.1; done; echo seen; sleep 3600';
      const mounts = 'mkdir /data/mine; mount -t tmpfs tmpfs /data/mine; echo mounted; sleep 3600';
      const alone = 'until [ -e /data/done ]; do sleep 0.1; done; ls /data/later; echo nothing; sleep 3600';
      const mount = (mountPropagation: string) => ({ name: 'data', mountPath: '/data', mountPropagation });
      const uid = await running(
        scriptPod(
          { looks, mounts, alone },
          {
            volumes: [{ name: 'data', hostPath: { path: shared } }],
            containers: [
              mounting('looks', mount('HostToContainer')),
              {
                ...mounting('mounts', mount('Bidirectional')),
                securityContext: { capabilities: { add: ['SYS_ADMIN'] } },
              },
              mounting('alone', mount('None')),
            ],
          },
        ),
      );
      await mkdir(join(shared, 'later'));
      await systemMounter.tmpfs(join(shared, 'later'), ['size=1m']);
      await writeFile(join(shared, 'later/file'), '');
      await writeFile(join(shared, 'done'), '');
      await said(uid, 'looks', 'seen');
      await said(uid, 'alone', 'nothing');
      await said(uid, 'mounts', 'mounted');
      const mounted = (await readMounts()).map(({ mountPoint }) => mountPoint);
      assert.ok(mounted.includes(join(shared, 'mine')));
      await end(uid);
    } finally {
      execFileSync('umount', ['--recursive', shared]);
    }
  });

  it('wait for a volume that cannot be had, and start when it can', async () => {
    const path = join(dir, 'later');
    const uid = await apply(
      scriptPod(
        { main: SERVE },
        {
          volumes: [{ name: 'disk', hostPath: { path, type: 'Directory' } }],
          containers: [mounting('main', { name: 'disk', mountPath: '/disk' })],
        },
      ),
    );
    const [event] = await eventually(() => {
      const events = failedMounts(uid);
      return events.length > 1 ? events : undefined;
    });
    assert.equal(
      event?.message,
      `MountVolume.SetUp failed for volume "disk" : hostPath type check failed: ${path} is not a directory`,
    );
    assert.equal(machine.status(uid)?.phase, 'Pending');
    assert.equal(machine.container(uid)?.state?.waiting?.reason, 'ContainerCreating');
    await mkdir(path);
    await eventually(() => machine.status(uid)?.phase === 'Running', { what: 'phase Running' });
  });

  it('are evicted with their pod when an emptyDir, or what they write themselves, grows too large', async () => {
    const fill = (path: string) => `dd if=/dev/zero of=${path} bs=1M count=3 2>/dev/null; sleep 3600`;
    const limits = { 'ephemeral-storage': '2Mi' };
    const writer = await apply(
      scriptPod({ main: fill('/tmp/file') }, { containers: [{ name: 'main', resources: { limits } }] }),
    );
    const filler = await apply(
      scriptPod(
        { main: fill('/data/file') },
        {
          volumes: [{ name: 'data', emptyDir: { sizeLimit: '2Mi' } }],
          containers: [mounting('main', { name: 'data', mountPath: '/data' })],
        },
      ),
    );
    const evicted = (uid: string) =>
      eventually(() => (machine.status(uid)?.reason === 'Evicted' ? machine.status(uid) : undefined), {
        what: 'its eviction',
        timeoutMs: 60_000,
      });
    assert.equal((await evicted(filler)).message, 'Usage of EmptyDir volume "data" exceeds the limit "2Mi".');
    const { phase, message } = await evicted(writer);
    assert.equal(phase, 'Failed');
    assert.equal(message, 'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi.');
    assert.ok(machine.reasons(writer).includes('Evicted'));
  });

  it('lose their emptyDirs when their pod has ended, deleted or not', async () => {
    const uid = await apply(
      scriptPod(
        { main: 'echo x > /data/file; echo done' },
        {
          restartPolicy: 'Never',
          volumes: [{ name: 'data', emptyDir: {} }],
          containers: [mounting('main', { name: 'data', mountPath: '/data' })],
        },
      ),
    );
    await eventually(() => machine.status(uid)?.phase === 'Succeeded', { what: 'phase Succeeded' });
    const held = join(machine.volumesDir, uid);
    await eventually(
      () =>
        stat(held).then(
          () => false,
          () => true,
        ),
      { what: 'the end of the volume' },
    );
    assert.equal(await machine.output(uid), 'done');
  });
});
