import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../../../kit/eventually.ts';
import { followKubectl, kubectlVersion } from '../../../kit/kubectl.ts';
import { type Fixture, podManifest, startFixture } from './server-fixture.ts';

let fixture: Fixture;
let kubelet: Server;
const asked: string[] = [];

before(async () => {
  console.log(`kubectl ${kubectlVersion()}`);
  fixture = await startFixture();
  kubelet = await startKubelet(fixture);
  await registerNode((kubelet.address() as AddressInfo).port);
});
after(async () => {
  kubelet.closeAllConnections();
  await new Promise((resolve) => kubelet.close(resolve));
  await fixture[Symbol.asyncDispose]();
});

/** A kubelet as the API server sees it: a log that goes on until the reader leaves. */
async function startKubelet({ plane }: Fixture): Promise<Server> {
  const own = await plane.pki.issue({ commonName: 'system:node:n1', usage: 'server', days: 1 });
  const options = {
    cert: own.certificate,
    key: own.key,
    ca: plane.caCertificate,
    requestCert: true,
    rejectUnauthorized: true,
  };
  const server = createServer(options, (request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    if (url.includes('previous=true')) {
      response.writeHead(400).end('previous terminated container "main" in pod "web" not found');
    } else if (url.startsWith('/containerLogs/')) {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('hello from the kubelet\n');
      if (!url.includes('follow=true')) response.end();
      response.on('close', () => asked.push('closed'));
    } else {
      response.writeHead(404).end('nothing here');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function registerNode(port: number): Promise<void> {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };
  await fixture.call('POST', '/api/v1/nodes', { body: node });
  const status = {
    capacity: { cpu: '2', memory: '2Gi', pods: '10' },
    allocatable: { cpu: '2', memory: '2Gi', pods: '10' },
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
  };
  await fixture.call('PATCH', '/api/v1/nodes/n1/status', {
    body: { status },
    contentType: 'application/strategic-merge-patch+json',
  });
}

/** Runs kubectl and expects it to succeed. */
async function kubectl(args: string[], stdin?: unknown): Promise<string> {
  const input = stdin === undefined ? undefined : JSON.stringify(stdin);
  const { code, stdout, stderr } = await fixture.kubectl(args, input);
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function refused(args: string[], stdin?: unknown): Promise<string> {
  const { code, stderr } = await fixture.kubectl(
    args,
    stdin === undefined ? undefined : JSON.stringify(stdin),
  );
  assert.notEqual(code, 0, `kubectl ${args.join(' ')} succeeded`);
  return stderr;
}

test('apply creates, leaves alone and configures', async () => {
  const manifest = podManifest('web', { labels: { app: 'web' } });
  assert.match(await kubectl(['apply', '-f', '-'], manifest), /pod\/web created/);
  assert.match(await kubectl(['apply', '-f', '-'], manifest), /pod\/web unchanged/);
  const relabelled = podManifest('web', { labels: { app: 'web', tier: 'front' } });
  assert.match(await kubectl(['apply', '-f', '-'], relabelled), /pod\/web configured/);
  const bad = { ...manifest, spec: { ...manifest.spec, restartPolicy: 'Never' } };
  assert.match(await refused(['apply', '-f', '-'], bad), /pod updates may not change fields other than/);
});

test('the scheduler binds, and get, wait, describe and events tell so', async () => {
  await kubectl(['apply', '-f', '-'], podManifest('seen'));
  await kubectl(['wait', '--for=condition=PodScheduled', 'pod/seen', '--timeout=20s']);
  assert.match(
    await kubectl(['get', 'pods', '-o', 'wide']),
    /NAME +READY +STATUS.*\n(.*\n)*seen +0\/1 +Pending +0 .* n1 /,
  );
  const described = await kubectl(['describe', 'pod', 'seen']);
  assert.match(described, /Node: +n1/);
  assert.match(described, /Normal +Scheduled .*Successfully assigned default\/seen to n1/);
  assert.match(await kubectl(['get', 'events', '--field-selector', 'involvedObject.name=seen']), /Scheduled/);
});

test('labels, annotations and the three patches are written', async () => {
  await kubectl(['apply', '-f', '-'], podManifest('patched'));
  await kubectl(['label', 'pod', 'patched', 'color=blue']);
  await kubectl(['annotate', 'pod', 'patched', 'note=hi']);
  await kubectl([
    'patch',
    'pod',
    'patched',
    '-p',
    '{"spec":{"containers":[{"name":"main","image":"busybox:2"}]}}',
  ]);
  await kubectl(['patch', 'pod', 'patched', '--type=merge', '-p', '{"metadata":{"labels":{"size":"s"}}}']);
  const operations = '[{"op":"replace","path":"/metadata/labels/color","value":"red"}]';
  await kubectl(['patch', 'pod', 'patched', '--type=json', '-p', operations]);
  const pod = JSON.parse(await kubectl(['get', 'pod', 'patched', '-o', 'json']));
  assert.deepEqual(pod.metadata.labels, { color: 'red', size: 's' });
  assert.equal(pod.metadata.annotations.note, 'hi');
  assert.equal(pod.spec.containers[0].image, 'busybox:2');
  assert.equal(
    (await kubectl(['get', 'pods', '-l', 'color in (red),size', '-o', 'name'])).trim(),
    'pod/patched',
  );
});

test('logs come from the kubelet, and leaving ends the stream there too', async () => {
  await kubectl(['apply', '-f', '-'], podManifest('web', { labels: { app: 'web' } }));
  await kubectl(['wait', '--for=condition=PodScheduled', 'pod/web', '--timeout=20s']);
  assert.equal(await kubectl(['logs', 'web', '--tail=3']), 'hello from the kubelet\n');
  assert.ok(asked.includes('/containerLogs/default/web/main?tailLines=3'), asked.join(' '));
  assert.match(
    await refused(['logs', 'web', '--previous']),
    /previous terminated container "main" in pod "web" not found/,
  );
  assert.match(await refused(['logs', 'web', '-c', 'nope']), /container nope is not valid for pod web/);
  const response = await fixture.open('/api/v1/namespaces/default/pods/web/log?follow=true');
  response.resume();
  asked.length = 0;
  response.destroy();
  await eventually(() => asked.includes('closed'), { what: 'the end of the log at the kubelet' });
});

test('a deleted pod is Terminating until it is forced away', async () => {
  await kubectl(['apply', '-f', '-'], podManifest('leaving'));
  await kubectl(['wait', '--for=condition=PodScheduled', 'pod/leaving', '--timeout=20s']);
  await kubectl(['delete', 'pod', 'leaving', '--wait=false']);
  assert.match(await kubectl(['get', 'pod', 'leaving']), /Terminating/);
  await kubectl(['delete', 'pod', 'leaving', '--force', '--grace-period=0']);
  assert.match(await refused(['get', 'pod', 'leaving']), /\(NotFound\): pods "leaving" not found/);
});

test('get -w goes on telling, until the pod is gone', async () => {
  const only = ['-l', 'app=followed'];
  await using follow = followKubectl(fixture.plane.kubeconfig, ['get', 'pods', '-w', ...only]);
  const until = (shown: RegExp) =>
    eventually(() => shown.test(follow.output), { what: `${shown} in:\n${follow.output}` });
  await kubectl(['apply', '-f', '-'], podManifest('followed', { labels: { app: 'followed' } }));
  await until(/^NAME +READY +STATUS +RESTARTS +AGE\nfollowed +0\/1 +Pending +0 /);
  await kubectl(['wait', '--for=condition=PodScheduled', 'pod/followed', '--timeout=20s']);
  await kubectl(['delete', 'pod', 'followed', '--wait=false']);
  await until(/followed +0\/1 +Terminating/);
  await kubectl(['delete', 'pod', 'followed', '--force', '--grace-period=0']);
  assert.equal(await kubectl(['get', 'pods', ...only, '-o', 'name']), '');
  assert.equal(follow.output.match(/NAME/g)?.length, 1, 'the heading is shown once');
});

test('delete ends when the node has confirmed, not before', async () => {
  await kubectl(['apply', '-f', '-'], podManifest('awaited', { spec: { nodeName: 'n1' } }));
  let ended = false;
  const deleting = kubectl(['delete', 'pod', 'awaited', '--timeout=20s']).then(() => {
    ended = true;
  });
  await eventually(async () => (await kubectl(['get', 'pod', 'awaited'])).includes('Terminating'));
  assert.equal(ended, false);
  await fixture.call('DELETE', '/api/v1/namespaces/default/pods/awaited?gracePeriodSeconds=0');
  await deleting;
});

test('drain evicts what no budget holds back, and says what does', async () => {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'drained' } };
  await kubectl(['create', '-f', '-'], node);
  for (const name of ['free', 'held']) {
    await kubectl(
      ['apply', '-f', '-'],
      podManifest(name, { labels: { app: name }, spec: { nodeName: 'drained' } }),
    );
    await fixture.call('PATCH', `/api/v1/namespaces/default/pods/${name}/status`, {
      body: { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
      contentType: 'application/strategic-merge-patch+json',
    });
  }
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'held' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'held' } } },
  };
  await kubectl(['apply', '-f', '-'], budget);
  const said = await refused(['drain', 'drained', '--force', '--timeout=2s']);
  assert.match(said, /Cannot evict pod as it would violate the pod's disruption budget/);
  const marked = async (name: string) =>
    (await kubectl(['get', 'pod', name, '-o', 'jsonpath={.metadata.deletionTimestamp}'])) !== '';
  assert.deepEqual([await marked('free'), await marked('held')], [true, false]);
  assert.match(await kubectl(['get', 'node', 'drained']), /SchedulingDisabled/);
  await kubectl(['delete', 'pods', 'free', 'held', '--force', '--grace-period=0']);
});

test('kinds without a controller behind them are unknown', async () => {
  assert.match(
    await refused(['get', 'deployments']),
    /the server doesn't have a resource type "deployments"/,
  );
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' } };
  assert.match(await refused(['apply', '-f', '-'], deployment), /no matches for kind "Deployment"/);
});

test('a server-side dry run and create tell of a pod that is there, and change nothing', async () => {
  const manifest = podManifest('once');
  await kubectl(['create', '-f', '-'], manifest);
  assert.match(await refused(['create', '-f', '-'], manifest), /pods "once" already exists/);
  const relabelled = podManifest('once', { labels: { new: 'label' } });
  await kubectl(['apply', '--dry-run=server', '-f', '-'], relabelled);
  assert.equal(await kubectl(['get', 'pods', '-l', 'new', '-o', 'name']), '');
});

test('typed commands work: namespaces, secrets, tokens, access reviews', async () => {
  await kubectl(['create', 'namespace', 'typed']);
  await kubectl(['-n', 'typed', 'create', 'secret', 'generic', 's', '--from-literal=a=b']);
  const secret = JSON.parse(await kubectl(['-n', 'typed', 'get', 'secret', 's', '-o', 'json']));
  assert.deepEqual(secret.data, { a: Buffer.from('b').toString('base64') });
  assert.equal((await kubectl(['auth', 'can-i', 'create', 'pods'])).trim(), 'yes');
  const { stdout } = await fixture.kubectl(['auth', 'can-i', 'create', 'pods', '--as=nobody']);
  assert.equal(stdout.trim(), 'no');
  await kubectl(['delete', 'namespace', 'typed']);
  assert.match(await refused(['get', 'namespace', 'typed']), /NotFound/);
});

test('a custom kind is served from its definition to its deletion', async () => {
  const schema = {
    type: 'object',
    properties: { spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer' } } } },
  };
  const column = { name: 'Size', type: 'integer', jsonPath: '.spec.size' };
  const version = { name: 'v1', served: true, storage: true, additionalPrinterColumns: [column] };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'boats.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'boats', kind: 'Boat' },
      versions: [{ ...version, schema: { openAPIV3Schema: schema } }],
    },
  };
  const boat = (size: unknown) => ({
    apiVersion: 'example.com/v1',
    kind: 'Boat',
    metadata: { name: 'tug' },
    spec: { size },
  });
  await kubectl(['apply', '-f', '-'], definition);
  await kubectl(['wait', '--for=condition=Established', 'crd/boats.example.com', '--timeout=10s']);
  assert.match(
    await refused(['apply', '--validate=false', '-f', '-'], boat('big')),
    /spec\.size.*must be of type integer/,
  );
  await kubectl(['apply', '-f', '-'], boat(3));
  assert.match(await kubectl(['get', 'boats']), /NAME +SIZE\ntug +3/);
  await kubectl(['delete', 'crd', 'boats.example.com']);
  await refused(['get', 'boats']);
});

test('an approved request for a kubelet certificate is signed by the cluster’s CA', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-csr-'));
  try {
    const [key, csr] = [join(dir, 'key.pem'), join(dir, 'csr.pem')];
    const subject = '/O=system:nodes/CN=system:node:n1';
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:n1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync(
      'openssl',
      ['req', '-new', ...curve, '-keyout', key, '-out', csr, '-subj', subject, ...names],
      {
        stdio: 'ignore',
      },
    );
    const request = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'n1-serving' },
      spec: {
        request: readFileSync(csr).toString('base64'),
        signerName: 'kubernetes.io/kubelet-serving',
        usages: ['digital signature', 'server auth'],
      },
    };
    await kubectl(['create', '-f', '-'], request);
    await kubectl(['certificate', 'approve', 'n1-serving']);
    const pem = await eventually(async () => {
      const text = await kubectl(['get', 'csr', 'n1-serving', '-o', 'jsonpath={.status.certificate}']);
      return text === '' ? undefined : Buffer.from(text, 'base64').toString();
    });
    const shown = execFileSync(
      'openssl',
      ['x509', '-noout', '-subject', '-issuer', '-ext', 'subjectAltName'],
      {
        input: pem,
        encoding: 'utf8',
      },
    );
    assert.match(shown, /CN ?= ?system:node:n1/);
    assert.match(shown, /issuer=.*longshore-sandbox-ca/);
    assert.match(shown, /IP Address:127\.0\.0\.1/);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
