// `node test/contract/record.ts`: runs kubectl commands against the real control plane and keeps what kubectl sent. Then
// `UPDATE_GOLDEN=1 npm run test:contract` writes what the real control plane answers to it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { binaryFolders, findBinaries, noBinaries } from '../../sandbox/real/binaries.ts';
import { runCommand } from '../kit/command.ts';
import { type PassedRequest, startRecordingProxy } from '../kit/recording-proxy.ts';
import { Conversation } from './conversation.ts';
import { startReal } from './plane.ts';
import { RECORDED_NAMESPACE, type RecordedRequest, VERSION, writeRecording } from './recording.ts';
import { prepareForKubectl } from './scenarios/kubectl.ts';

/** No scheduler looks at it, so that it changes by these commands alone. */
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { schedulerName: 'nobody', containers: [{ name: 'main', image: 'example.com/web:1' }] },
};
const CHANGED = {
  ...POD,
  metadata: { ...POD.metadata, labels: { app: 'web', tier: 'front' } },
  spec: { schedulerName: 'nobody', containers: [{ name: 'main', image: 'example.com/web:2' }] },
};

/** Words of a command, and what it reads. A command may fail: what it sent and was told counts. */
const COMMANDS: readonly (readonly [string, object?])[] = [
  ['apply -f -', POD],
  ['apply -f -', POD],
  ['apply -f -', CHANGED],
  ['apply --server-side -f -', { ...POD, metadata: { name: 'served' } }],
  ['apply --server-side -f -', { ...CHANGED, metadata: { name: 'served', labels: { tier: 'front' } } }],
  ['delete pod served'],
  ['get pods'],
  ['get pods -o wide'],
  ['get pod web -o yaml'],
  ['get pods -l app=web -o name'],
  ['get pod none'],
  ['describe pod web'],
  ['label pod web owner=me'],
  ['label pod web owner-'],
  ['annotate pod web note=hello'],
  ['set image pod/web main=example.com/web:3'],
  ['patch pod web -p {"spec":{"activeDeadlineSeconds":600}}'],
  ['patch pod web --type=json -p [{"op":"remove","path":"/metadata/labels/tier"}]'],
  ['logs web'],
  ['wait --for=condition=Ready pod/web --timeout=1s'],
  ['wait --for=jsonpath={.status.phase}=Pending pod/web --timeout=5s'],
  ['run again --image=example.com/web:1 --overrides={"spec":{"schedulerName":"nobody"}}'],
  ['delete pod again'],
  ['delete pods -l app=web'],
  ['create configmap colors --from-literal=COLOR=blue'],
  ['create configmap colors --from-literal=COLOR=red'],
  ['get configmap colors -o json'],
  [
    'replace -f -',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'colors' }, data: { COLOR: 'red' } },
  ],
  ['delete configmap colors'],
  ['create secret generic hush --from-literal=word=secret'],
  ['get secrets'],
  ['create serviceaccount robot'],
  ['create token robot --duration=10m'],
  ['create role reader --verb=get,list --resource=pods'],
  [`create rolebinding reader --role=reader --serviceaccount=${RECORDED_NAMESPACE}:robot`],
  [`auth can-i list pods --as=system:serviceaccount:${RECORDED_NAMESPACE}:robot`],
  [`auth can-i delete pods --as=system:serviceaccount:${RECORDED_NAMESPACE}:robot`],
  ['create service clusterip web --tcp=80:8080'],
  ['get services'],
  ['create pdb web --selector=app=web --min-available=1'],
  ['describe node contract-kubectl'],
  ['cordon contract-kubectl'],
  ['taint node contract-kubectl kind=spare:NoSchedule'],
  ['drain contract-kubectl --ignore-daemonsets --force --timeout=5s'],
  ['uncordon contract-kubectl'],
  ['get leases -n kube-node-lease contract-kubectl'],
  ['explain pod.spec.containers'],
];

const binaries = findBinaries(binaryFolders(process.env));
if (!binaries) throw noBinaries(process.env);
const kubectl = join(dirname(binaries.apiServer), 'kubectl');
await using plane = await startReal(binaries);
{
  using api = new Conversation({ plane, namespace: RECORDED_NAMESPACE });
  await api.aside.create('/api/v1/namespaces', { metadata: { name: RECORDED_NAMESPACE } });
  await api.aside.until(api.in('serviceaccounts/default'), ({ status }) => status === 200);
  await prepareForKubectl(api);
}
await using proxy = await startRecordingProxy(plane);
const folder = mkdtempSync(join(tmpdir(), 'longshore-record-'));
try {
  writeFileSync(join(folder, 'kubeconfig'), kubeconfig(proxy.url));
  // What servers there are is asked once, and remembered as a user's kubectl does.
  await run(['api-resources']);
  const commands = [];
  for (const [command, input] of COMMANDS) {
    proxy.requests.length = 0;
    const { code } = await run(command.split(' '), input && JSON.stringify(input));
    console.log(`${code === 0 ? 'ok ' : 'no '} ${command}: ${proxy.requests.length} requests`);
    const requests = proxy.requests.map(recorded);
    commands.push({ command, requests });
  }
  const version = await runCommand(kubectl, ['version', '--client', '-o', 'json']);
  writeRecording(commands, /"gitVersion":\s*"([^"]+)"/.exec(version.stdout)?.[1] ?? '');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(words: readonly string[], input?: string) {
  const connection = ['--kubeconfig', join(folder, 'kubeconfig'), '--cache-dir', join(folder, 'cache')];
  return runCommand(kubectl, [...connection, ...words], input === undefined ? {} : { stdin: input });
}

function kubeconfig(server: string): string {
  const name = 'recorded';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: RECORDED_NAMESPACE } }],
    users: [{ name, user: {} }],
    'current-context': name,
  });
}

function recorded({ method, path, headers, body, answer }: PassedRequest): RecordedRequest {
  const { accept, 'content-type': contentType } = headers;
  const isText = !contentType?.includes('protobuf');
  const impersonated = headers['impersonate-user'];
  return {
    method,
    path: path.replace(/(resourceVersion=)[1-9]\d*/, `$1${VERSION}`),
    ...(accept ? { accept } : {}),
    ...(contentType ? { contentType } : {}),
    ...(impersonated ? { as: String(impersonated) } : {}),
    ...(body.length === 0
      ? {}
      : isText
        ? { body: withoutVersion(body) }
        : { base64: body.toString('base64') }),
    ...(/[?&]watch=(true|1)/.test(path) ? { events: answer.text.split('\n').length - 1 } : {}),
  };
}

function withoutVersion(body: Buffer): string {
  return body.toString().replace(/("resourceVersion":")[1-9]\d*"/, `$1${VERSION}"`);
}
