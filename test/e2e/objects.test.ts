// What pods refer to, from the API server to the container: ConfigMaps, Secrets and Services in the environment, missing
// ones that come later, and a machine that starts again with nobody to ask.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { podManifest } from '../kit/manifest.ts';
import { containersOfPod, startSandbox, type TestSandbox } from '../kit/sandbox.ts';

const docker = new Docker();
const PRINT = 'echo "$COLOUR $PASSWORD"; exec sleep 1000';

/** COLOUR from a ConfigMap, PASSWORD from a Secret, both of this name. */
const envOf = (name: string) => ({
  env: [
    { name: 'COLOUR', valueFrom: { configMapKeyRef: { name, key: 'colour' } } },
    { name: 'PASSWORD', valueFrom: { secretKeyRef: { name, key: 'password' } } },
  ],
});

describe('objects that pods refer to', () => {
  let sandbox: TestSandbox;

  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 1 });
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  const apply = (manifest: string) => sandbox.kubectl(['apply', '-f', '-'], manifest);
  const create = (...args: string[]) => sandbox.kubectl(['create', ...args]);
  const ready = (name: string) =>
    sandbox.kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s']);
  const logs = (name: string, ...args: string[]) => sandbox.kubectl(['logs', name, ...args]);
  const waiting = async (name: string) =>
    (await sandbox.pod(name)).status?.containerStatuses?.[0]?.state?.waiting;

  it('are in the environment of its containers, by their keys and as a whole', async () => {
    await create('configmap', 'paint', '--from-literal=colour=green', '--from-literal=shade=dark');
    await create('secret', 'generic', 'paint', '--from-literal=password=s3cret');
    const whole = [{ prefix: 'P_', configMapRef: { name: 'paint' } }];
    const script = 'echo "$COLOUR $PASSWORD $P_shade"; exec sleep 1000';
    const container = { ...envOf('paint'), envFrom: whole };
    await apply(podManifest({ name: 'painted', containers: { main: script }, container }));
    await ready('painted');
    assert.equal(await logs('painted'), 'green s3cret dark\n');
  });

  it('keep the container waiting while they are missing, and it starts by itself when they come', async () => {
    await apply(podManifest({ name: 'early', containers: { main: PRINT }, container: envOf('late') }));
    await eventually(async () => (await waiting('early'))?.reason === 'CreateContainerConfigError');
    assert.equal((await waiting('early'))?.message, 'configmap "late" not found');
    await eventually(async () =>
      (await sandbox.kubectl(['get', 'events'])).includes('Error: configmap "late" not found'),
    );
    await create('configmap', 'late', '--from-literal=colour=blue');
    await eventually(async () => (await waiting('early'))?.message === 'secret "late" not found');
    await create('secret', 'generic', 'late', '--from-literal=password=x');
    await ready('early');
    assert.equal(await logs('early'), 'blue x\n');
    assert.equal((await sandbox.pod('early')).status?.containerStatuses?.[0]?.restartCount, 0);
  });

  it('are read anew at each start of a container', async () => {
    await create('configmap', 'turn', '--from-literal=colour=first');
    await create('secret', 'generic', 'turn', '--from-literal=password=x');
    const script = 'echo "$COLOUR"; while [ ! -e /tmp/end ]; do sleep 0.1; done; exit 1';
    await apply(podManifest({ name: 'turning', containers: { main: script }, container: envOf('turn') }));
    await ready('turning');
    await sandbox.kubectl(['patch', 'configmap', 'turn', '-p', '{"data":{"colour":"second"}}']);
    const { metadata } = await sandbox.pod('turning');
    const filters = {
      label: [`io.kubernetes.pod.uid=${metadata.uid}`, 'io.kubernetes.container.name=main'],
    };
    const [main] = await docker.listContainers({ filters });
    assert.ok(main);
    await docker.getContainer(main.Id).kill();
    await eventually(async () => (await logs('turning')) === 'second\n', { what: 'the second start' });
  });

  it('tell of Services of their namespace, and of the API server even without links', async () => {
    await create('service', 'clusterip', 'shop-front', '--tcp=80:8080');
    const service = JSON.parse(await sandbox.kubectl(['get', 'service', 'shop-front', '-o', 'json']));
    const script = 'env | grep -E "^(SHOP_FRONT|KUBERNETES_SERVICE)_" | sort; exec sleep 1000';
    await apply(podManifest({ name: 'linked', containers: { main: script } }));
    const spec = { enableServiceLinks: false };
    await apply(podManifest({ name: 'unlinked', containers: { main: script }, spec }));
    await ready('linked');
    await ready('unlinked');
    const { clusterIP } = service.spec;
    const linked = await logs('linked');
    assert.match(linked, new RegExp(`^SHOP_FRONT_SERVICE_HOST=${clusterIP}$`, 'm'));
    assert.match(linked, new RegExp(`^SHOP_FRONT_PORT_80_TCP=tcp://${clusterIP}:80$`, 'm'));
    assert.match(linked, /^KUBERNETES_SERVICE_HOST=/m);
    const unlinked = await logs('unlinked');
    assert.doesNotMatch(unlinked, /SHOP_FRONT/);
    assert.match(unlinked, /^KUBERNETES_SERVICE_PORT=\d+$/m);
  });

  it('are there when the machine starts again with no controller, and lie sealed on its disk', async () => {
    await create('configmap', 'lone', '--from-literal=colour=amber');
    await create('secret', 'generic', 'lone', '--from-literal=password=hidden-password');
    await apply(podManifest({ name: 'alone', containers: { main: PRINT }, container: envOf('lone') }));
    await ready('alone');
    const { uid } = (await sandbox.pod('alone')).metadata;
    await sandbox.kill('controller');
    await sandbox.kill('agent-1');
    const filters = { label: [`io.kubernetes.pod.uid=${uid}`] };
    for (const { Id } of await docker.listContainers({ all: true, filters })) {
      await docker.getContainer(Id).remove({ force: true });
    }
    const { state } = sandbox.layout.agent('agent-1');
    const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    const contents = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
    assert.ok(contents.length > 3);
    for (const secret of ['hidden-password', Buffer.from('hidden-password').toString('base64')]) {
      assert.ok(!contents.some((text) => text.includes(secret)), 'a secret lies open in the state folder');
    }
    sandbox.startAgent('agent-1');
    await eventually(
      async () => (await containersOfPod(uid)).filter((line) => line.endsWith('running')).length === 2,
      { what: 'its start', timeoutMs: 30_000 },
    );
    await sandbox.up();
    await eventually(async () => (await logs('alone').catch(() => '')) === 'amber hidden-password\n');
  });
});
