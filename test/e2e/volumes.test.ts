// Volumes as a user has them: kubectl, the API server and Docker, with the kubelet's own words when one cannot be had.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { memoryFolderOf } from '../../agent/volumes/memory-folder.ts';
import { readMounts } from '../../agent/volumes/mount-table.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { type PodManifest, podManifest, TEST_IMAGE } from '../kit/manifest.ts';
import { startSandbox, type TestSandbox } from '../kit/sandbox.ts';

describe('volumes', () => {
  let sandbox: TestSandbox;
  let dir: string;

  before(async () => {
    await ensureBusyboxImage();
    dir = mkdtempSync(join(tmpdir(), 'longshore-host-'));
    sandbox = await startSandbox({ agents: 1 });
  });
  after(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    assert.deepEqual(await leftMounts(), [], 'the sandbox left volumes mounted');
    rmSync(dir, { recursive: true });
  });

  const agentUid = (): string =>
    JSON.parse(readFileSync(join(agentFolder(), 'identity.json'), 'utf8')).joined.uid;
  const agentFolder = () => sandbox.layout.agent('agent-1').state;
  const leftMounts = async () =>
    (await readMounts()).filter(({ mountPoint }) => mountPoint.startsWith(sandbox.layout.dir));
  const apply = (pod: PodManifest) => sandbox.kubectl(['apply', '-f', '-'], podManifest(pod));
  const ready = (name: string) =>
    sandbox.kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s']);
  const says = (name: string, text: RegExp, ...args: string[]) =>
    eventually(
      async () => {
        assert.match((await sandbox.kubectl(['logs', name, ...args])).trim(), text);
        return true;
      },
      { what: `${text} in the log of ${name}` },
    );

  it('share an emptyDir between containers, and are gone with the pod', async () => {
    await apply({
      name: 'shared',
      containers: {
        writer: 'echo hello > /data/greeting; exec sleep 1000',
        reader: 'until cat /data/greeting 2>/dev/null; do sleep 0.1; done; exec sleep 1000',
      },
      container: { volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      spec: { volumes: [{ name: 'data', emptyDir: {} }] },
    });
    await ready('shared');
    await says('shared', /^hello$/m, '-c', 'reader');
    const { uid } = (await sandbox.pod('shared')).metadata;
    const folder = join(agentFolder(), 'volumes', uid);
    assert.ok(statSync(folder).isDirectory());
    await sandbox.kubectl(['delete', 'pod', 'shared', '--timeout=30s']);
    await eventually(() => statSync(folder, { throwIfNoEntry: false }) === undefined, {
      what: 'the end of the emptyDir',
    });
  });

  const mounting = (name: string, ...mounts: readonly object[]) => ({
    volumeMounts: [{ name, mountPath: '/data' }, ...mounts],
  });
  /** What a container sees, asked of the container itself by its own means: it answers each change with a line. */
  const watching = (path: string) =>
    `last=; while :; do now=$(cat ${path} 2>/dev/null || echo none); [ "$now" = "$last" ] || echo "$now"; last=$now; sleep 0.1; done`;

  it('follow their ConfigMap, file by file, all at once', async () => {
    await sandbox.kubectl([
      'create',
      'configmap',
      'paint',
      '--from-literal=colour=green',
      '--from-literal=shade=dark',
    ]);
    const spec = {
      volumes: [{ name: 'paint', configMap: { name: 'paint' } }],
    };
    const part = { name: 'paint', mountPath: '/fixed', subPath: 'colour' };
    // Both files by one look at the folder they are in: a mix of old and new would show.
    const both = [
      'cd /data; while :; do d=$(readlink ..data)',
      'now="$(cat $d/colour 2>/dev/null || echo none) $(cat $d/shade 2>/dev/null)" || continue',
      '[ "$now" = "$last" ] || echo "$now"; last=$now; sleep 0.02; done',
    ].join('\n');
    await apply({
      name: 'painter',
      containers: { both, colour: watching('/data/colour'), fixed: watching('/fixed') },
      container: mounting('paint', part),
      spec,
    });
    await ready('painter');
    await says('painter', /^green dark$/m, '-c', 'both');
    const patch = '{"data":{"colour":"blue","shade":"light"}}';
    await sandbox.kubectl(['patch', 'configmap', 'paint', '-p', patch]);
    await says('painter', /^blue light$/m, '-c', 'both');
    await says('painter', /^green\nblue$/m, '-c', 'colour');
    await sandbox.kubectl(['patch', 'configmap', 'paint', '-p', '{"data":{"colour":null}}']);
    await says('painter', /^green\nblue\nnone$/m, '-c', 'colour');
    assert.equal(
      await sandbox.kubectl(['logs', 'painter', '-c', 'both']),
      'green dark\nblue light\nnone light\n',
    );
    assert.equal(await sandbox.kubectl(['logs', 'painter', '-c', 'fixed']), 'green\n');
    assert.equal((await sandbox.pod('painter')).status?.containerStatuses?.[0]?.restartCount, 0);
  });

  it('of a ConfigMap that may be missing come and go with it', async () => {
    await apply({
      name: 'maybe',
      containers: { main: watching('/data/colour') },
      container: mounting('paint'),
      spec: { volumes: [{ name: 'paint', configMap: { name: 'maybe', optional: true } }] },
    });
    await ready('maybe');
    await says('maybe', /^none$/);
    await sandbox.kubectl(['create', 'configmap', 'maybe', '--from-literal=colour=green']);
    await says('maybe', /^none\ngreen$/);
    await sandbox.kubectl(['delete', 'configmap', 'maybe']);
    await says('maybe', /^none\ngreen\nnone$/);
  });

  it('of a Secret that is missing wait for it, and start by themselves', async () => {
    await apply({
      name: 'guarded',
      containers: { main: 'cat /data/password; mount | grep " /data "; touch /data/x; exec sleep 1000' },
      container: mounting('keys'),
      spec: { volumes: [{ name: 'keys', secret: { secretName: 'keys' } }] },
    });
    const failure = 'MountVolume.SetUp failed for volume "keys" : secret "keys" not found';
    await eventually(async () => (await sandbox.kubectl(['describe', 'pod', 'guarded'])).includes(failure), {
      what: failure,
    });
    assert.match(await sandbox.kubectl(['get', 'pod', 'guarded']), /guarded +0\/1 +ContainerCreating/);
    await sandbox.kubectl([
      'create',
      'secret',
      'generic',
      'keys',
      '--from-literal=password=hidden-in-memory',
    ]);
    await ready('guarded');
    await says('guarded', /^hidden-in-memory\s*tmpfs on \/data type tmpfs \(ro,/m);
    await says('guarded', /touch: \/data\/x: Read-only file system/);
    assert.equal((await sandbox.pod('guarded')).status?.containerStatuses?.[0]?.restartCount, 0);
    // etcd has it, of course.
    const ours = [sandbox.layout.agent('agent-1').dir, join(sandbox.layout.dir, 'logs')];
    const open = ours.flatMap((folder) => filesWith(folder, 'hidden-in-memory'));
    assert.deepEqual(open, [], 'a secret lies on the disk');
    await sandbox.kubectl(['delete', 'secret', 'keys']);
    await eventually(
      async () =>
        (await sandbox.kubectl(['get', 'events', '--field-selector=involvedObject.name=guarded'])).includes(
          failure,
        ),
      { what: failure },
    );
    assert.equal((await sandbox.pod('guarded')).status?.phase, 'Running');
  });

  it('tell a pod of its labels as they change', async () => {
    const items = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }];
    await apply({
      name: 'named',
      containers: { main: watching('/data/labels') },
      container: mounting('self'),
      spec: { volumes: [{ name: 'self', projected: { sources: [{ downwardAPI: { items } }] } }] },
    });
    await ready('named');
    await sandbox.kubectl(['label', 'pod', 'named', 'tier=front']);
    await says('named', /^tier="front"$/m);
    await sandbox.kubectl(['label', 'pod', 'named', 'tier-', 'zone=a']);
    await says('named', /tier="front"\nzone="a"$/m);
  });

  it('give a pod the token with which it talks to the API server', async () => {
    await sandbox.kubectl(['create', 'serviceaccount', 'talker']);
    await sandbox.kubectl(['create', 'role', 'reader', '--verb=get', '--resource=configmaps']);
    await sandbox.kubectl([
      'create',
      'rolebinding',
      'reader',
      '--role=reader',
      '--serviceaccount=default:talker',
    ]);
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
    const script = [
      `cd ${folder}; cat namespace; echo; stat -L -c %a token`,
      // The machine's own curl, which checks the certificate of the server that it meets.
      'ask() { /usr/bin/curl -sS --cacert ca.crt -H "Authorization: Bearer $(cat token)" $api/$1; }',
      'api=https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/api/v1/namespaces/$(cat namespace)',
      'ask configmaps/kube-root-ca.crt | grep -o "BEGIN CERTIFICATE"; ask secrets | grep -o "default:talker.. cannot list"',
      'exec sleep 1000',
    ].join('\n');
    const folders = ['/usr', '/lib', '/lib64'].filter((path) => existsSync(path));
    const name = (path: string) => `machine${path.replaceAll('/', '-')}`;
    const forOthers = { audience: 'vault.example', expirationSeconds: 7200, path: 'deep/vault-token' };
    await apply({
      name: 'talker',
      containers: { main: script },
      container: {
        volumeMounts: [
          ...folders.map((path) => ({ name: name(path), mountPath: path, readOnly: true })),
          { name: 'vault', mountPath: '/vault' },
        ],
      },
      spec: {
        serviceAccountName: 'talker',
        volumes: [
          ...folders.map((path) => ({ name: name(path), hostPath: { path } })),
          { name: 'vault', projected: { sources: [{ serviceAccountToken: forOthers }] } },
        ],
      },
    });
    await ready('talker');
    await says('talker', /^default\n644\nBEGIN CERTIFICATE\ndefault:talker.. cannot list$/);
    const { uid } = (await sandbox.pod('talker')).metadata;
    const volumes = join(memoryFolderOf(agentUid()), uid, 'volumes');
    const [own = ''] = readdirSync(volumes).filter((name) => name !== 'vault');
    const claimsOf = (...file: string[]) => {
      const [, claims = ''] = readFileSync(join(volumes, ...file), 'utf8').split('.');
      return JSON.parse(Buffer.from(claims, 'base64url').toString());
    };
    const vault = claimsOf('vault', 'deep', 'vault-token');
    for (const claims of [claimsOf(own, 'token'), vault]) assert.equal(claims['kubernetes.io'].pod.uid, uid);
    assert.deepEqual([vault.aud, vault.exp - vault.iat], [['vault.example'], 7200]);
  });

  it('that cannot be had keep the pod waiting with FailedMount, until they can', async () => {
    const path = join(dir, 'later');
    await apply({
      name: 'early',
      containers: { main: 'exec sleep 1000' },
      container: { volumeMounts: [{ name: 'disk', mountPath: '/disk' }] },
      spec: { volumes: [{ name: 'disk', hostPath: { path, type: 'File' } }] },
    });
    const failure = `MountVolume.SetUp failed for volume "disk" : hostPath type check failed: ${path} is not a file`;
    await eventually(async () => (await sandbox.kubectl(['describe', 'pod', 'early'])).includes(failure), {
      what: failure,
    });
    assert.match(await sandbox.kubectl(['get', 'pod', 'early']), /early +0\/1 +ContainerCreating/);
    await apply({
      name: 'maker',
      restartPolicy: 'Never',
      containers: { main: 'touch /machine/later' },
      container: { volumeMounts: [{ name: 'machine', mountPath: '/machine' }] },
      spec: { volumes: [{ name: 'machine', hostPath: { path: dir } }] },
    });
    await ready('early');
  });

  it('of a claim wait until it is bound, and keep what they hold', async () => {
    const path = join(dir, 'disk');
    mkdirSync(path);
    const mounts = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const claiming = (readOnly: boolean) => ({
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'disk', readOnly } }],
    });
    await apply({
      name: 'writer',
      containers: { main: 'id -G; echo kept > /data/file; exec sleep 1000' },
      container: mounts,
      // The scheduler would keep it waiting by itself.
      spec: { ...claiming(false), nodeName: 'longshore', securityContext: { fsGroup: 4321 } },
    });
    const processing =
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/disk:';
    const missing = `${processing} failed to fetch PVC from API server: persistentvolumeclaims "disk" not found`;
    await eventually(async () => (await sandbox.kubectl(['describe', 'pod', 'writer'])).includes(missing), {
      what: missing,
    });
    assert.match(await sandbox.kubectl(['get', 'pod', 'writer']), /writer +0\/1 +Pending/);
    await sandbox.kubectl(['apply', '-f', '-'], JSON.stringify(claimOf('disk')));
    await eventually(
      async () => (await sandbox.kubectl(['describe', 'pod', 'writer'])).includes('PVC is not bound'),
      { what: 'PVC is not bound', timeoutMs: 20_000 },
    );
    const volume = localVolume('disk', path);
    const claimRef = { namespace: 'default', name: 'disk' };
    // So the cluster looks at the claim at once.
    const meant = { ...volume, spec: { ...volume.spec, claimRef } };
    await sandbox.kubectl(['apply', '-f', '-'], JSON.stringify(meant));
    await ready('writer');
    await says('writer', /^0( 10)? 4321$/);
    await sandbox.kubectl(['delete', 'pod', 'writer', '--timeout=20s']);
    await apply({
      name: 'reader',
      containers: { main: 'exec 2>&1; cat /data/file; touch /data/more; exec sleep 1000' },
      container: mounts,
      spec: claiming(true),
    });
    await ready('reader');
    await says('reader', /^kept\ntouch: \/data\/more: Read-only file system$/);
    // On its way out, or gone already: a controller that comes later hears of no claim that pods may have.
    await sandbox.kubectl(['delete', 'pvc', 'disk', '--wait=false']);
    await sandbox.kill('controller');
    await sandbox.up();
    const { containerID = '' } = (await sandbox.pod('reader')).status?.containerStatuses?.[0] ?? {};
    await new Docker().getContainer(containerID.replace('docker://', '')).kill();
    await eventually(
      async () => {
        const [main] = (await sandbox.pod('reader')).status?.containerStatuses ?? [];
        return main?.restartCount === 1 && main.ready;
      },
      { what: 'a restart of the pod whose claim is on its way out' },
    );
    await says('reader', /^kept\n/);
    await sandbox.kubectl(['delete', 'pod', 'reader', '--timeout=20s']);
    assert.deepEqual(readdirSync(path), ['file']);
    assert.equal(statSync(path).gid, 4321);
    await sandbox.kubectl(['delete', 'pvc,pv', 'disk', '--ignore-not-found', '--timeout=20s']);
  });

  it('of a claim of the pod’s own are bound for it, and the claim goes with it', async () => {
    const path = join(dir, 'own');
    mkdirSync(path);
    await sandbox.kubectl(['apply', '-f', '-'], JSON.stringify(localVolume('own', path, 'own')));
    const { spec } = claimOf('', 'own');
    await apply({
      name: 'owner',
      containers: { main: 'touch /data/file; exec sleep 1000' },
      container: mounting('data'),
      spec: { volumes: [{ name: 'data', ephemeral: { volumeClaimTemplate: { spec } } }] },
    });
    await ready('owner');
    await eventually(() => existsSync(join(path, 'file')), { what: 'the file' });
    const claims = () => sandbox.kubectl(['get', 'pvc', '-o', 'name']);
    assert.equal((await claims()).trim(), 'persistentvolumeclaim/owner-data');
    await sandbox.kubectl(['delete', 'pod', 'owner', '--timeout=20s']);
    await eventually(async () => (await claims()) === '', {
      what: 'the end of the claim',
      timeoutMs: 20_000,
    });
    await sandbox.kubectl(['delete', 'pv', 'own', '--timeout=20s']);
  });

  it('show what an image holds', async () => {
    await apply({
      name: 'imaged',
      containers: { main: 'cmp /image/bin/busybox /part/busybox && touch /image/x; exec sleep 1000' },
      container: mounting('image', { name: 'image', mountPath: '/image' }, partOf('bin')),
      spec: { volumes: [{ name: 'image', image: { reference: TEST_IMAGE, pullPolicy: 'IfNotPresent' } }] },
    });
    await ready('imaged');
    await says('imaged', /^touch: \/image\/x: Read-only file system$/);
    const contents = join(agentFolder(), 'image-volumes');
    assert.equal(readdirSync(contents).length, 1);
    await sandbox.kubectl(['delete', 'pod', 'imaged', '--timeout=20s']);
    await eventually(() => readdirSync(contents).length === 0, { what: 'the end of its content' });
  });

  it('that no machine can have leave the pod Pending, and say why', async () => {
    await apply({
      name: 'disk',
      containers: { main: 'exec sleep 1000' },
      container: { volumeMounts: [{ name: 'disk', mountPath: '/disk' }] },
      spec: { volumes: [{ name: 'disk', csi: { driver: 'csi.example.com' } }] },
    });
    const why =
      /Warning +FailedMount .*failed to process volumes=\[disk\]: no volume plugin matched \(csi not supported by this node/;
    await eventually(async () => why.test(await sandbox.kubectl(['describe', 'pod', 'disk'])), {
      what: String(why),
    });
    assert.equal((await sandbox.pod('disk')).status?.phase, 'Pending');
    await sandbox.kubectl(['delete', 'pod', 'disk', '--timeout=20s']);
  });
});

function partOf(subPath: string) {
  return { name: 'image', mountPath: '/part', subPath };
}

/** `name`: of the volume that it is meant for; empty: any of its class. */
function claimOf(name: string, storageClassName = 'local') {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], storageClassName, ...(name && { volumeName: name }) },
      resources: { requests: { storage: '1Gi' } },
    },
  };
}

/** A folder of agent-1. */
function localVolume(name: string, path: string, storageClassName = 'local') {
  const here = { key: 'agent.longshore.dev/agent-1', operator: 'Exists' };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], storageClassName, capacity: { storage: '1Gi' } },
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
    },
  };
}

/** The files below a folder that hold a text. */
function filesWith(folder: string, text: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const files = entries.map(({ parentPath, name }) => join(parentPath, name));
  return files.filter((file) => readFileSync(file, 'latin1').includes(text));
}
