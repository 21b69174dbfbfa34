// Certificates that others sign for the controller: the node's own and the kubelet port's, by the built-in control plane's
// signers, and from files.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect, type PeerCertificate } from 'node:tls';
import { systemClock } from '../../../common/clock.ts';
import { createLog } from '../../../common/log.ts';
import { type Controller, startController } from '../../../controller/app.ts';
import { isStatus } from '../../../controller/kube/api-error.ts';
import { createKubeClient, type KubeClient } from '../../../controller/kube/client.ts';
import { nodePath, requestPath } from '../../../controller/kube/resource-path.ts';
import { applyDeployFiles } from '../../../sandbox/bootstrap.ts';
import { type ControlPlane, startBuiltinControlPlane } from '../../../sandbox/builtin/control-plane.ts';
import { createTestAuthority } from '../../kit/certificates.ts';
import { controllerConfig } from '../../kit/controller-config.ts';
import { eventually } from '../../kit/eventually.ts';

const tools = { clock: systemClock, log: createLog({ name: 'test', level: 'silent' }) };
const NODE = 'longshore';

interface SigningRequest {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly username: string; readonly signerName: string };
  readonly status?: object;
}

describe('the controller', () => {
  let folder: string;
  let plane: ControlPlane;
  let api: KubeClient;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'longshore-certificates-'));
    plane = await startBuiltinControlPlane({ dir: folder, scheduler: false, ...tools });
    await applyDeployFiles(plane.kubeconfig);
    api = createKubeClient({ kubeconfigPath: plane.kubeconfig, ...tools });
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await plane[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const requests = async () =>
    (await api.request<{ items: SigningRequest[] }>({ method: 'GET', path: requestPath() })).items;
  const requestFor = (signer: string) =>
    eventually(async () => (await requests()).find(({ spec }) => spec.signerName.endsWith(`/${signer}`)), {
      what: `a request to ${signer}`,
    });
  const approve = (request: SigningRequest) =>
    api.request({
      method: 'PUT',
      path: requestPath(request.metadata.name, 'approval'),
      body: { ...request, status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Test' }] } },
    });
  const nodeExists = () =>
    api.request({ method: 'GET', path: nodePath(NODE) }).then(
      () => true,
      (error: unknown) => {
        if (isStatus(error, 404)) return false;
        throw error;
      },
    );
  const shown = ({ kubeletPort }: Controller) =>
    new Promise<PeerCertificate>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: kubeletPort, rejectUnauthorized: false };
      const socket = connect(options, () => {
        resolve(socket.getPeerCertificate());
        socket.destroy();
      }).once('error', reject);
    });

  it('is the node by certificates that somebody approves, and serves with its own until then', async () => {
    const config = controllerConfig(plane.kubeconfig, {
      nodeCredential: true,
      kubeletCertificate: { kind: 'cluster', approve: false },
    });
    {
      await using controller = await startController(config, tools);
      const credential = await requestFor('kube-apiserver-client-kubelet');
      assert.match(credential.metadata.name, /^longshore-node-credential-[0-9a-f]{16}$/);
      assert.equal(await nodeExists(), false, 'nothing is done in another name meanwhile');
      await approve(credential);
      await eventually(nodeExists, { what: 'the node' });
      const serving = await requestFor('kubelet-serving');
      assert.equal(serving.spec.username, `system:node:${NODE}`);
      assert.equal((await shown(controller)).issuer.CN, 'Longshore CA');
      await approve(serving);
      const certificate = await eventually(async () => {
        const found = await shown(controller);
        return found.issuer.CN === 'Longshore CA' ? undefined : found;
      });
      assert.equal(certificate.subject.CN, `system:node:${NODE}`);
      assert.equal(certificate.subject.O, 'system:nodes');
      assert.equal(certificate.subjectaltname, `DNS:${NODE}, IP Address:127.0.0.1`);
    }
    await using again = await startController(config, tools);
    await eventually(async () => (await shown(again)).issuer.CN !== 'Longshore CA');
    assert.equal((await requests()).length, 2, 'what is kept is not asked for again');
  });

  it('approves its own serving certificate where it may', async () => {
    const config = controllerConfig(plane.kubeconfig, {
      nodeName: 'approves',
      kubeletCertificate: { kind: 'cluster', approve: true },
    });
    await using controller = await startController(config, tools);
    const certificate = await eventually(async () => {
      const found = await shown(controller);
      return found.issuer.CN === 'Longshore CA' ? undefined : found;
    });
    assert.equal(certificate.subject.CN, 'system:node:approves');
  });

  it('serves with a certificate from files, and with the next one when they change', async () => {
    const authority = await createTestAuthority('somebody’s CA');
    const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
    const write = async (commonName: string) => {
      const pair = await authority.issue({ commonName, use: 'server', altNames: ['127.0.0.1'] });
      writeFileSync(files.certFile, pair.certPem);
      writeFileSync(files.keyFile, pair.keyPem);
    };
    await write('first');
    const config = controllerConfig(plane.kubeconfig, { kubeletCertificate: { kind: 'files', ...files } });
    await using controller = await startController(config, tools);
    assert.equal((await shown(controller)).subject.CN, 'first');
    await write('second');
    await eventually(async () => (await shown(controller)).subject.CN === 'second');
  });
});
