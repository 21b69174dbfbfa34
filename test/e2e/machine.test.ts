// What a pod asks of its machine, from kubectl to Docker: images, names, rights, resources.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { type DockerRegistry, startDockerRegistry, TEST_CREDENTIALS } from '../kit/docker-registry.ts';
import { eventually } from '../kit/eventually.ts';
import { podManifest } from '../kit/manifest.ts';
import { startSandbox, type TestSandbox } from '../kit/sandbox.ts';

const docker = new Docker();

describe('what a pod asks of its machine', () => {
  let sandbox: TestSandbox;
  let registry: DockerRegistry;
  let privateImage = '';
  let folder = '';

  before(async () => {
    const busybox = await ensureBusyboxImage();
    registry = await startDockerRegistry(TEST_CREDENTIALS);
    privateImage = await registry.push(docker, busybox, 'team/app:1');
    folder = mkdtempSync(join(tmpdir(), 'longshore-devices-'));
    const offered = { 'example.com/zigbee': [{ devices: ['/dev/null:/dev/zigbee'] }] };
    writeFileSync(join(folder, 'devices.json'), JSON.stringify(offered));
    process.env['LONGSHORE_DEVICES'] = join(folder, 'devices.json');
    sandbox = await startSandbox({ agents: 1 });
  });
  after(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
    delete process.env['LONGSHORE_DEVICES'];
    rmSync(folder, { recursive: true, force: true });
    await docker
      .getImage(privateImage)
      .remove({ force: true })
      .catch(() => undefined);
  });

  const apply = (manifest: string) => sandbox.kubectl(['apply', '-f', '-'], manifest);
  const ready = (pod: string) =>
    sandbox.kubectl(['wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=60s']);
  const waiting = (pod: string) =>
    eventually(async () => (await sandbox.pod(pod)).status?.containerStatuses?.[0]?.state?.waiting?.message, {
      what: `a waiting message of ${pod}`,
    });

  it('images of private registries come with the pod’s pull secrets, and with its ServiceAccount’s', async () => {
    const locked = { image: privateImage, imagePullPolicy: 'Always' };
    const containers = { main: 'exec sleep 1000' };
    await apply(
      podManifest({
        ...{ name: 'stranger', containers, container: locked },
        spec: { imagePullSecrets: [{ name: 'not-there' }] },
      }),
    );
    assert.match(await waiting('stranger'), /no basic auth credentials|Back-off pulling image/);
    const events = await sandbox.kubectl(['describe', 'pod', 'stranger']);
    assert.match(
      events,
      /FailedToRetrieveImagePullSecret +.*Unable to retrieve some image pull secrets \(not-there\)/,
    );

    const { username, password } = TEST_CREDENTIALS;
    await sandbox.kubectl([
      ...['create', 'secret', 'docker-registry', 'team', `--docker-server=${registry.host}`],
      ...[`--docker-username=${username}`, `--docker-password=${password}`],
    ]);
    const spec = { imagePullSecrets: [{ name: 'team' }] };
    await apply(podManifest({ name: 'member', containers, container: locked, spec }));
    await ready('member');

    await sandbox.kubectl(['create', 'serviceaccount', 'builder']);
    const patch = JSON.stringify(spec);
    await sandbox.kubectl(['patch', 'serviceaccount', 'builder', '--type=merge', '-p', patch]);
    const account = { serviceAccountName: 'builder' };
    await apply(podManifest({ name: 'built', containers, container: locked, spec: account }));
    await ready('built');
    for (const log of ['agent-1', 'controller']) assert.ok(!sandbox.log(log).includes(password), log);
    await sandbox.kubectl(['delete', 'pod', 'stranger', 'member', 'built', '--timeout=20s']);
  });

  it('a device that the machine’s owner offers goes to one pod at a time', async () => {
    const node = JSON.parse(await sandbox.kubectl(['get', 'node', 'longshore', '-o', 'json']));
    assert.equal(node.status.allocatable['example.com/zigbee'], '1');
    const containers = { main: 'test -c /dev/zigbee && exec sleep 1000' };
    const container = { resources: { limits: { 'example.com/zigbee': '1' } } };
    await apply(podManifest({ name: 'bridge', containers, container }));
    await ready('bridge');
    await apply(podManifest({ name: 'other', containers, container }));
    const describe = () => sandbox.kubectl(['describe', 'pod', 'other']);
    await eventually(async () => /Insufficient example\.com\/zigbee/i.test(await describe()));
    await sandbox.kubectl(['delete', 'pod', 'bridge', '--timeout=20s']);
    await ready('other');
    await sandbox.kubectl(['delete', 'pod', 'other', '--timeout=20s']);
  });

  it('a pod that its machine cannot have as it is has failed, and says why', async () => {
    const sysctls = [{ name: 'net.core.somaxconn', value: '1024' }];
    const spec = { securityContext: { sysctls } };
    await apply(podManifest({ name: 'tuned', containers: { main: 'exec sleep 1000' }, spec }));
    const { status } = await eventually(
      async () => {
        const pod = await sandbox.pod('tuned');
        return pod.status?.phase === 'Failed' ? pod : undefined;
      },
      { what: 'the rejection' },
    );
    assert.equal(status?.reason, 'SysctlForbidden');
    assert.match(
      status?.message ?? '',
      /^Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allow/,
    );
    assert.equal(status?.containerStatuses, undefined);
    const events = () => sandbox.kubectl(['describe', 'pod', 'tuned']);
    await eventually(async () => /Warning +SysctlForbidden .*forbidden sysctl/.test(await events()));
    await sandbox.kubectl(['delete', 'pod', 'tuned', '--timeout=20s']);
  });

  it('resources change while the container runs, by a new start only where it asks for one', async () => {
    const resources = { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '200m', memory: '64Mi' } };
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    const containers = { main: 'trap "exit 0" TERM; sleep 1000 & wait' };
    await apply(podManifest({ name: 'grows', containers, container: { resources, resizePolicy } }));
    await ready('grows');
    const resize = (wish: object) =>
      sandbox.kubectl([
        ...['patch', 'pod', 'grows', '--subresource', 'resize', '--type=strategic', '-p'],
        JSON.stringify({ spec: { containers: [{ name: 'main', resources: wish }] } }),
      ]);
    const status = async () => (await sandbox.pod('grows')).status;
    const inDocker = async () => {
      const id = (await status())?.containerStatuses?.[0]?.containerID?.replace('docker://', '') ?? '';
      return (await docker.getContainer(id).inspect()).HostConfig;
    };

    await resize({ requests: { cpu: '150m' }, limits: { cpu: '300m' } });
    await eventually(
      async () => (await status())?.containerStatuses?.[0]?.resources?.limits?.['cpu'] === '300m',
    );
    const { CpuQuota, CpuShares } = await inDocker();
    assert.deepEqual({ CpuQuota, CpuShares }, { CpuQuota: 30_000, CpuShares: 153 });
    const grown = (await status())?.containerStatuses?.[0];
    assert.equal(grown?.restartCount, 0);
    assert.equal(grown?.allocatedResources?.['cpu'], '150m');

    await resize({ requests: { cpu: '150m' }, limits: { cpu: '300m', memory: '96Mi' } });
    await eventually(async () => (await status())?.containerStatuses?.[0]?.restartCount === 1);
    await ready('grows');
    assert.equal((await inDocker()).Memory, 96 * 2 ** 20);
    await eventually(
      async () => !(await status())?.conditions?.some(({ type }) => type.startsWith('PodResize')),
      { what: 'the end of the resize' },
    );
    await sandbox.kubectl(['delete', 'pod', 'grows', '--timeout=20s']);
  });
});
