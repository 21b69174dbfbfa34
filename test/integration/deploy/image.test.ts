// deploy/Containerfile: built by Docker on a root that holds Node.js and nothing else, and run as the Deployment runs it:
// another user than root, a file system that cannot be written, no capabilities, the files of a ServiceAccount.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { parseAllDocuments } from 'yaml';
import { systemClock } from '../../../common/clock.ts';
import { createLog } from '../../../common/log.ts';
import { LEADER_LABEL } from '../../../common/names.ts';
import type { Pod } from '../../../common/pod.ts';
import { tarArchive } from '../../../common/tar.ts';
import { VERSION } from '../../../common/version.ts';
import { createKubeClient, type KubeClient } from '../../../controller/kube/client.ts';
import type { ObservedNode } from '../../../controller/kube/node-follower.ts';
import { corePath, nodePath, podPath } from '../../../controller/kube/resource-path.ts';
import { requestToken } from '../../../controller/kube/token-request.ts';
import { applyDeployFiles } from '../../../sandbox/bootstrap.ts';
import { type ControlPlane, startBuiltinControlPlane } from '../../../sandbox/builtin/control-plane.ts';
import { bundle, PROGRAMS } from '../../../scripts/bundle.ts';
import { eventually } from '../../kit/eventually.ts';
import { importNodeImage } from '../../kit/node-image.ts';

const ROOT = join(import.meta.dirname, '../../..');
const NAMESPACE = 'longshore-system';
const BASE = `longshore.test/node:${process.pid}`;
const IMAGE = `longshore.test/controller:${process.pid}`;
/** An address of its own, since the Deployment's ports are fixed. */
const HOST = `127.${192 + Math.floor(Math.random() * 60)}.${Math.floor(Math.random() * 250)}.1`;

const docker = new Docker();
const tools = { clock: systemClock, log: createLog({ name: 'test', level: 'silent' }) };

describe('the image of deploy/Containerfile', () => {
  let folder: string;
  let plane: ControlPlane;
  let api: KubeClient;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'longshore-image-'));
    await importNodeImage(docker, BASE);
    await build(folder);
    plane = await startBuiltinControlPlane({ dir: join(folder, 'plane'), ...tools });
    await applyDeployFiles(plane.kubeconfig);
    api = createKubeClient({ kubeconfigPath: plane.kubeconfig, ...tools });
  });
  after(async () => {
    await api?.[Symbol.asyncDispose]();
    await plane?.[Symbol.asyncDispose]();
    for (const name of [IMAGE, BASE]) await docker.getImage(name).remove();
    rmSync(folder, { recursive: true });
  });

  it('holds the program, for a user that is not root', async () => {
    const container = await docker.createContainer({ Image: IMAGE, Cmd: ['version'] });
    try {
      await container.start();
      assert.equal((await container.wait()).StatusCode, 0);
      const said = String(await container.logs({ stdout: true, stderr: true }));
      assert.ok(said.includes(VERSION), said);
      const { Config } = await container.inspect();
      assert.match(Config.User, /^[1-9]\d*:/);
    } finally {
      await container.remove({ force: true });
    }
  });

  it('runs the controller as the Deployment says, by the ServiceAccount’s files', async () => {
    const { podSpec, services } = readDeploy();
    for (const service of services)
      await api.request({
        method: 'POST',
        path: corePath({ namespace: NAMESPACE, resource: 'services' }),
        body: service,
      });
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'controller-1' }, spec: podSpec };
    await api.request({ method: 'POST', path: podPath({ namespace: NAMESPACE }), body: pod });
    const [spec] = podSpec.containers;
    assert.ok(spec?.args);
    assert.equal(spec.securityContext?.readOnlyRootFilesystem, true);

    const container = await docker.createContainer({
      Image: IMAGE,
      Cmd: spec.args.map((arg) => arg.replace('0.0.0.0', HOST)),
      User: `${podSpec.securityContext?.runAsUser}:${podSpec.securityContext?.runAsGroup}`,
      Env: [
        ...['POD_NAME=controller-1', `POD_NAMESPACE=${NAMESPACE}`],
        ...['KUBERNETES_SERVICE_HOST=127.0.0.1', `KUBERNETES_SERVICE_PORT=${new URL(plane.url).port}`],
      ],
      HostConfig: {
        NetworkMode: 'host',
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Memory: 768 * 1024 * 1024,
        Binds: [`${await serviceAccountFiles()}:/var/run/secrets/kubernetes.io/serviceaccount:ro`],
      },
    });
    try {
      await container.start();
      const probe = (path: string) => fetch(`http://${HOST}:8080${path}`).then(({ status }) => status);
      await eventually(async () => (await probe('/readyz')) === 200, { what: 'readiness' });
      assert.equal(await probe('/livez'), 200);
      const node = await eventually(() =>
        api.request<ObservedNode>({ method: 'GET', path: nodePath('longshore') }),
      );
      assert.match(node.status?.nodeInfo?.kubeletVersion ?? '', new RegExp(`longshore.${VERSION}$`));
      await eventually(async () => {
        const path = podPath({ namespace: NAMESPACE, name: 'controller-1' });
        return (await api.request<Pod>({ method: 'GET', path })).metadata.labels?.[LEADER_LABEL] === 'true';
      });
      await container.stop({ t: podSpec.terminationGracePeriodSeconds ?? 0 });
      assert.equal((await container.inspect()).State.ExitCode, 0);
    } catch (error) {
      throw new Error(String(await container.logs({ stdout: true, stderr: true })), { cause: error });
    } finally {
      await container.remove({ force: true });
    }
  });

  /** As a kubelet mounts them. */
  async function serviceAccountFiles(): Promise<string> {
    const { token } = await requestToken(api, {
      namespace: NAMESPACE,
      serviceAccount: 'longshore-controller',
      audiences: [],
      expirationSeconds: 3600,
    });
    const dir = join(folder, 'serviceaccount');
    mkdirSync(dir);
    chmodSync(dir, 0o755);
    for (const [name, text] of Object.entries({ token, 'ca.crt': plane.caCertificate, namespace: NAMESPACE }))
      writeFileSync(join(dir, name), text, { mode: 0o644 });
    return dir;
  }
});

/** With a context that holds what `.dockerignore` leaves of the repository. */
async function build(folder: string): Promise<void> {
  const [program] = PROGRAMS.filter(({ outfile }) => outfile === 'longshore.cjs');
  if (!program) throw new Error('no program makes longshore.cjs');
  const { path } = await bundle(program, join(folder, 'dist'));
  const file = (name: string, from: string) =>
    ({ kind: 'file', path: name, mode: 0o755, content: readFileSync(from) }) as const;
  const context = tarArchive([
    file('Containerfile', join(ROOT, 'deploy/Containerfile')),
    file('LICENSE', join(ROOT, 'LICENSE')),
    file('dist/longshore.cjs', path),
  ]);
  const options = {
    t: IMAGE,
    dockerfile: 'Containerfile',
    buildargs: { BASE_IMAGE: BASE },
    version: '1' as const,
  };
  const progress = await docker.buildImage(Readable.from([context]), options);
  let said = '';
  for await (const chunk of progress) said += String(chunk);
  if (!said.includes('Successfully built')) throw new Error(`not built: ${said}`);
}

function readDeploy() {
  const read = (file: string) =>
    parseAllDocuments(readFileSync(join(ROOT, 'deploy/base', file), 'utf8')).map((document) =>
      document.toJS(),
    );
  const deployment = read('deployment.yaml').find(({ kind }) => kind === 'Deployment');
  return {
    services: read('services.yaml') as object[],
    podSpec: deployment.spec.template.spec as Pod['spec'],
  };
}
