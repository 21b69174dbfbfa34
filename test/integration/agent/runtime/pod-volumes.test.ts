import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readMounts } from '../../../../agent/volumes/mount-table.ts';
import { systemMounter } from '../../../../agent/volumes/mounter.ts';
import type { Pod } from '../../../../common/pod.ts';
import { bundlesReference, referenceKey } from '../../../../common/pod-references.ts';
import { eventually } from '../../../kit/eventually.ts';
import { onPodMachine } from '../../../kit/on-pod-machine.ts';
import { mounting, type PodMachine, SERVE, scriptPod } from '../../../kit/pod-machine.ts';
import { configMap, found, secret } from '../../../kit/pod-objects.ts';

describe('containers in Docker and the volumes of their pod', () => {
  let machine: PodMachine;
  const { apply, running, end, said } = onPodMachine((fresh) => {
    machine = fresh;
  });
  /** The machine's own. */
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'longshore-host-'));
    await chmod(dir, 0o755);
  });
  afterEach(() => rm(dir, { recursive: true }));

  const failedMounts = (uid: string) =>
    machine.events.filter(({ podUid, reason }) => podUid === uid && reason === 'FailedMount');
  const mountsOf = async (uid: string) =>
    (await readMounts()).filter(({ mountPoint }) => mountPoint.includes(uid)).length;

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
    const signers = { signerName: 'example.com/known', path: 'known.crt' };
    await objects.put(referenceKey(bundlesReference(signers)), found('-----BEGIN OTHER-----'));
    for (const gone of ['configmaps/default/gone', 'secrets/default/gone'])
      await objects.put(gone, { kind: 'absent' });
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
      { clusterTrustBundle: signers },
      { configMap: { name: 'gone', optional: true } },
      { secret: { name: 'gone', optional: true } },
    ];
    const volumes = [
      { name: 'config', configMap: { name: 'paint', items, defaultMode: 0o400 } },
      {
        name: 'secret',
        secret: { secretName: 'guest', items: [{ key: 'user', path: 'who' }], defaultMode: 0o600 },
      },
      { name: 'itself', downwardAPI: { items: itself, defaultMode: 0o640 } },
      { name: 'all', projected: { sources, defaultMode: 0o604 } },
      { name: 'none', secret: { secretName: 'gone', optional: true } },
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
      'all/known.crt 604 -----BEGIN OTHER-----',
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

  it('see a claim that has come to belong to the group of their pod, all of it or where it does not yet', async () => {
    await writeFile(join(dir, 'file'), '');
    const source = { kind: 'local', path: dir };
    const volume = { name: 'pv', isBlock: false, mountOptions: [], source };
    await machine.objects.put('persistentvolumeclaims/default/own', found({ kind: 'bound', volume }));
    const groups = async (fsGroupChangePolicy: string) => {
      const uid = await running(
        scriptPod(
          { main: 'stat -c %g /data /data/file; exec sleep 3600' },
          {
            securityContext: { fsGroup: 4321, fsGroupChangePolicy },
            volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'own' } }],
            containers: [mounting('main', { name: 'data', mountPath: '/data' })],
          },
        ),
      );
      await said(uid, 'main', /^\d+\n\d+$/);
      return (await machine.output(uid)).split('\n');
    };
    assert.deepEqual(await groups('OnRootMismatch'), ['4321', '4321']);
    await chown(join(dir, 'file'), 0, 0);
    assert.deepEqual(await groups('OnRootMismatch'), ['4321', '0']);
    assert.deepEqual(await groups('Always'), ['4321', '4321']);
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
});
