// Longshore as deploy/ installs it, on a real control plane: `kubectl apply -k` of the base with components, and what
// follows from it is run by stand-ins for the machines that are not there: the controller's Pods are processes
// (controller-pod.ts), its Services lead to them (service-proxy.ts). ServiceAccount, rights, flags, labels and Services
// are the deployed ones. Agents are real, on real Docker.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import Docker from 'dockerode';
import { systemClock } from '../../common/clock.ts';
import { createLog } from '../../common/log.ts';
import type { Pod } from '../../common/pod.ts';
import { createKubeClient } from '../../controller/kube/client.ts';
import { binaryFolders, findBinaries, noBinaries } from '../../sandbox/real/binaries.ts';
import { startRealControlPlane } from '../../sandbox/real/control-plane.ts';
import { type CommandResult, runCommand } from './command.ts';
import { type ControllerPod, startControllerPod } from './controller-pod.ts';
import { eventually } from './eventually.ts';
import { kubectlFor } from './kubectl.ts';
import { type AuditEvent, auditPolicy, readAudit } from './rights.ts';
import { startServiceProxy } from './service-proxy.ts';

const ROOT = join(import.meta.dirname, '../..');
const NAMESPACE = 'longshore-system';
const DOCKER_SOCKET = '/var/run/docker.sock';
const SERVICES = { 'longshore-agents': 10, 'longshore-kubelet': 11 };

export const CONTROLLER_ACCOUNT = `system:serviceaccount:${NAMESPACE}:longshore-controller`;

export interface DeployedClusterOptions {
  /** Of deploy/components. */
  readonly components: readonly string[];
  readonly apiServerFlags?: (pki: string) => readonly string[];
  readonly controllerManagerFlags?: readonly string[];
  /** Whose requests the API server logs. */
  readonly audited: readonly string[];
}

export interface DeployedCluster extends AsyncDisposable {
  /** Where agents dial. */
  readonly agentsAddress: string;
  readonly kubeletAddress: string;
  /** Rejects when it fails, with what it said. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  tryKubectl(args: readonly string[], input?: string): Promise<CommandResult>;
  /** The operator's CLI, as the cluster's administrator. */
  longshore(args: readonly string[]): Promise<CommandResult>;
  /** Names of the Deployment's Pods that nobody runs yet. */
  waitingPods(): Promise<string[]>;
  /** Resolves when it is ready. */
  startController(pod: string): Promise<ControllerPod>;
  startAgent(name: string): Promise<void>;
  audit(): AuditEvent[];
}

export async function startDeployedCluster(options: DeployedClusterOptions): Promise<DeployedCluster> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'longshore-deployed-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  // Loopback addresses for Services: they are reached without kube-proxy, and clusters of other tests have others.
  const network = `127.${64 + Math.floor(Math.random() * 128)}`;
  const plane = stack.use(await startPlane(folder, network, options));
  const log = createLog({ name: 'test', level: 'silent' });
  const api = stack.use(createKubeClient({ kubeconfigPath: plane.kubeconfig, clock: systemClock, log }));
  const tryKubectl = kubectlFor(plane.kubeconfig);
  const kubectl = async (args: readonly string[], input?: string) => {
    const { code, stdout, stderr } = await tryKubectl(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  };
  const agentsAddress = `${network}.0.${SERVICES['longshore-agents']}:7443`;
  await kubectl(['apply', '-k', writeOverlay(folder, { network, agentsAddress, options })]);
  await addWorker(kubectl);

  const running = new Map<string, ControllerPod>();
  for (const service of Object.keys(SERVICES)) {
    const hostOf = (pod: string) => running.get(pod)?.host;
    stack.use(await startServiceProxy({ api, namespace: NAMESPACE, service, hostOf }));
  }
  const controllerPods = async (): Promise<Pod[]> => {
    const selector = 'app.kubernetes.io/name=longshore-controller';
    return JSON.parse(await kubectl(['get', 'pods', '-n', NAMESPACE, '-l', selector, '-o', 'json'])).items;
  };
  const agents = createAgents({ folder, kubeconfig: plane.kubeconfig, address: agentsAddress });
  stack.use(agents);
  const caPem = readFileSync(join(folder, 'pki/ca.crt'), 'utf8');

  const owned = stack.move();
  return {
    ...{ kubectl, tryKubectl, agentsAddress },
    longshore: (args) =>
      runCommand(process.execPath, [
        join(ROOT, 'controller/main.ts'),
        ...args,
        '--kubeconfig',
        plane.kubeconfig,
      ]),
    kubeletAddress: `${network}.0.${SERVICES['longshore-kubelet']}`,
    waitingPods: async () =>
      (await controllerPods())
        .filter(({ spec, metadata }) => spec.nodeName === 'worker' && !running.has(metadata.name))
        .map(({ metadata }) => metadata.name),
    async startController(name) {
      const pod = (await controllerPods()).find(({ metadata }) => metadata.name === name);
      if (!pod) throw new Error(`there is no Pod ${name}`);
      const host = `${network}.200.${running.size + 1}`;
      const controller = await startControllerPod({ api, pod, host, folder, caPem });
      owned.use(controller);
      running.set(name, controller);
      return controller;
    },
    startAgent: (name) => agents.start(name),
    audit: () => readAudit(join(folder, 'audit.log')),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function startPlane(folder: string, network: string, options: DeployedClusterOptions) {
  const binaries = findBinaries(binaryFolders(process.env));
  if (!binaries) throw noBinaries(process.env);
  const policy = join(folder, 'audit-policy.json');
  writeFileSync(policy, auditPolicy(options.audited));
  return startRealControlPlane({
    dir: folder,
    binaries,
    listen: { host: '127.0.0.1', port: 0 },
    alsoListen: [],
    extraFlags: {
      'kube-apiserver': [
        `--service-cluster-ip-range=${network}.0.0/17`,
        `--audit-policy-file=${policy}`,
        `--audit-log-path=${join(folder, 'audit.log')}`,
        '--audit-log-mode=blocking',
        // Not on by default yet; pods may refer to them where they are.
        '--runtime-config=certificates.k8s.io/v1beta1/clustertrustbundles=true',
        '--feature-gates=ClusterTrustBundle=true,ClusterTrustBundleProjection=true',
        ...(options.apiServerFlags?.(join(folder, 'pki')) ?? []),
      ],
      // Nobody renews a Lease for the worker node.
      'kube-controller-manager': [
        '--node-monitor-grace-period=900s',
        ...(options.controllerManagerFlags ?? []),
      ],
    },
    clock: systemClock,
    log: createLog({ name: 'test', level: 'silent' }),
    signal: new AbortController().signal,
  });
}

/** What an administrator would write: the base, the components, and where machines find the controller. */
function writeOverlay(
  folder: string,
  overlay: {
    readonly network: string;
    readonly agentsAddress: string;
    readonly options: DeployedClusterOptions;
  },
): string {
  const { network, agentsAddress, options } = overlay;
  const dir = join(folder, 'overlay');
  mkdirSync(dir);
  const path = (part: string) => relative(dir, join(ROOT, 'deploy', part));
  const advertise = { op: 'replace', path: '/spec/template/spec/containers/0/args/2' };
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [path('base')],
    components: options.components.map((name) => path(`components/${name}`)),
    patches: [
      {
        target: { kind: 'Deployment', name: 'longshore-controller' },
        patch: JSON.stringify([{ ...advertise, value: `--advertise-address=${agentsAddress}` }]),
      },
      ...Object.entries(SERVICES).map(([name, number]) => ({
        target: { kind: 'Service', name },
        patch: JSON.stringify([{ op: 'add', path: '/spec/clusterIP', value: `${network}.0.${number}` }]),
      })),
    ],
  };
  writeFileSync(join(dir, 'kustomization.yaml'), JSON.stringify(kustomization));
  return dir;
}

/** A node for the controller's Pods, so that the scheduler binds them as it would. */
async function addWorker(kubectl: DeployedCluster['kubectl']): Promise<void> {
  const metadata = { name: 'worker', labels: { 'kubernetes.io/hostname': 'worker' } };
  await kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata }));
  const room = { cpu: '8', memory: '16Gi', pods: '110', 'ephemeral-storage': '10Gi' };
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' }];
  const status = { capacity: room, allocatable: room, conditions };
  await kubectl(['patch', 'node', 'worker', '--subresource=status', '-p', JSON.stringify({ status })]);
}

/** Real agents, each a process; their containers go with them. */
function createAgents(options: {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly address: string;
}) {
  const { folder, kubeconfig, address } = options;
  const stack = new AsyncDisposableStack();
  return {
    async start(name: string): Promise<void> {
      const tokenFile = join(folder, `${name}.token`);
      const create = ['tokens', 'create', '--agent', name, '--output', 'json', '--kubeconfig', kubeconfig];
      const { stdout, stderr } = await runCommand(process.execPath, [
        join(ROOT, 'controller/main.ts'),
        ...create,
      ]);
      if (stdout === '') throw new Error(`no token: ${stderr}`);
      writeFileSync(tokenFile, (JSON.parse(stdout) as { token: string }).token, { mode: 0o600 });
      const output = openSync(join(folder, `${name}.log`), 'a', 0o600);
      const state = join(folder, `${name}-state`);
      const child = spawn(
        process.execPath,
        [
          join(ROOT, 'agent/main.ts'),
          ...['--controller', address, '--token-file', tokenFile, '--name', name, '--state-dir', state],
          ...['--docker-socket', DOCKER_SOCKET, '--capacity', 'cpu=2,memory=1Gi'],
        ],
        { stdio: ['ignore', output, output] },
      );
      closeSync(output);
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      stack.defer(async () => {
        child.kill('SIGTERM');
        await exited;
        await removeContainers(state);
      });
      await eventually(
        async () => {
          const args = [
            'get',
            'agent',
            name,
            '-o',
            'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
          ];
          return (await kubectlFor(kubeconfig)(args)).stdout === 'True';
        },
        { what: `agent ${name}`, timeoutMs: 60_000, everyMs: 250 },
      );
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function removeContainers(state: string): Promise<void> {
  const identity = JSON.parse(readFileSync(join(state, 'identity.json'), 'utf8'));
  const docker = new Docker({ socketPath: DOCKER_SOCKET });
  const filters = { label: [`longshore.dev/agent-uid=${identity.joined?.uid}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker.getContainer(Id).remove({ force: true, v: true });
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
}
