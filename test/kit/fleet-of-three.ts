// Three machines, a handful of pods and what happened to them, as the controller and the API server tell of them: what the
// golden files of the CLI show.

import type { Clock } from '../../common/clock.ts';
import type { Pod } from '../../common/pod.ts';
import { VERSION } from '../../common/version.ts';
import type { ClusterEvent } from '../../controller/cli/cluster.ts';
import type { Agent } from '../../controller/model/agent.ts';
import type { AgentInfo } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import type { PodInfo } from '../../proto/gen/longshore/v1/PodInfo.ts';
import type { Handler } from './cli.ts';
import { imageHandlers } from './fleet-images.ts';
import { ManualClock } from './manual-clock.ts';
import { aPod } from './pods.ts';

export const NOW = Date.parse('2026-03-01T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (agoMs: number) => new Date(NOW - agoMs).toISOString().replace('.000Z', 'Z');

export const clockOfThree = () => new ManualClock(NOW);

/** Whoever sleeps has slept. */
export function hastyClockOfThree(): Clock {
  const clock = clockOfThree();
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    sleep(ms, signal) {
      const slept = clock.sleep(ms, signal);
      setImmediate(() => clock.advance(ms));
      return slept;
    },
  };
}

function agent(name: string, change: Partial<AgentInfo>): AgentInfo {
  return {
    name,
    uid: `uid-${name}`,
    ready: true,
    labels: { zone: 'garage' },
    os: 'linux',
    arch: 'arm64',
    agentVersion: '0.1.0',
    engineVersion: '20.10.24',
    addresses: ['192.168.1.7'],
    allocatable: { cpu: '4', memory: '7864320Ki', pods: '110' },
    requested: { cpu: '500m', memory: '1Gi' },
    pods: 3,
    lastSeenMs: NOW - 2000,
    joinedAtMs: NOW - 76 * HOUR,
    used: { cpu: '1250m', memory: '3221225472' },
    ...change,
  };
}

export const AGENTS: readonly AgentInfo[] = [
  agent('attic', {
    ready: false,
    reason: 'AgentUnreachable',
    lastSeenMs: NOW - 3 * MINUTE,
    arch: 'amd64',
    labels: { zone: 'attic', disk: 'ssd' },
    addresses: ['192.168.1.9', 'fd00::9'],
    requested: { cpu: '1', memory: '2Gi' },
    allocatable: { cpu: '8', memory: '16Gi', pods: '110' },
    pods: 1,
    used: {},
  }),
  agent('garage-pi', {}),
  agent('workshop', {
    unschedulable: true,
    resting: 'in quiet hours',
    requested: {},
    pods: 0,
    lastSeenMs: NOW - 1000,
    used: { cpu: '3960m', memory: '1Gi' },
  }),
];

const QUIET = {
  ...({ type: 'QuietHours', status: 'True', reason: 'InQuietHours' } as const),
  message: "the machine is its owner's until 2026-03-01T17:00:00Z",
  lastTransitionTime: at(5 * HOUR),
};

export function agentObject(name: string): Agent {
  const taints =
    name === 'garage-pi' ? [{ key: 'dedicated', value: 'cameras', effect: 'NoSchedule' } as const] : [];
  return {
    apiVersion: 'longshore.dev/v1alpha1',
    kind: 'Agent',
    metadata: { name, uid: `uid-${name}`, resourceVersion: '17', creationTimestamp: at(76 * HOUR) },
    spec: {
      labels: { zone: 'garage', disk: 'ssd' },
      publicKeyHash: '0'.repeat(64),
      unschedulable: name === 'workshop',
      ...(taints.length > 0 && { taints }),
      ...(name === 'workshop' && {
        ownerShare: { cpu: '1', memory: '2Gi' },
        quietHours: [{ schedule: '0 8 * * MON-FRI', duration: '10h', timeZone: 'Europe/Berlin' }],
        yieldWhen: { ownerLoadPercent: 40, onBattery: true },
        pinnedImages: ['nginx:1.29'],
      }),
    },
    status: {
      hostname: `${name}.local`,
      os: 'linux',
      arch: 'arm64',
      osImage: 'Debian GNU/Linux 12 (bookworm)',
      kernelVersion: '6.6.20+rpt-rpi-v8',
      agentVersion: '0.1.0',
      engineVersion: '20.10.24',
      addresses: ['192.168.1.7', 'fd00::7'],
      machineID: 'b1946ac92492d2347c6235b4d2611184',
      systemUUID: '5f2c1d3e',
      bootID: '0d1e2f30-0000-4000-8000-000000000001',
      capacity: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '58Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '7864320Ki', 'ephemeral-storage': '52Gi', pods: '110' },
      pods: 3,
      used: { cpu: '500m', memory: '1Gi' },
      certificateExpires: at(-60 * 24 * HOUR),
      conditions: [
        {
          ...{ type: 'EngineReady', status: 'True', reason: 'EngineAnswers' },
          ...{ message: 'Docker Engine answers', lastTransitionTime: at(76 * HOUR) },
        },
        {
          ...{ type: 'DiskPressure', status: 'True', reason: 'DiskIsFull' },
          ...{ message: '3% of the disk is free', lastTransitionTime: at(5 * MINUTE) },
        },
        ...(name === 'workshop' ? [QUIET] : []),
        name === 'attic'
          ? {
              ...{ type: 'Ready', status: 'False', reason: 'AgentUnreachable' },
              ...{ message: 'nothing was heard of the agent for 40 s', lastTransitionTime: at(2 * MINUTE) },
            }
          : {
              ...{ type: 'Ready', status: 'True', reason: 'AgentConnected' },
              ...{ message: 'the agent is connected', lastTransitionTime: at(20 * HOUR) },
            },
      ],
    },
  };
}

function pod(name: string, change: Partial<PodInfo> = {}): PodInfo {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    phase: 'Running',
    status: 'Running',
    containers: 2,
    containersReady: 2,
    agent: 'garage-pi',
    createdAtMs: NOW - 5 * HOUR,
    ...change,
  };
}

export const WAITING_REASON = '0/3 agents fit: 1 cordoned, 1 insufficient memory, 1 not ready';

export const PODS: readonly PodInfo[] = [
  pod('big', {
    ...{ phase: 'Pending', status: 'Pending', agent: '', containers: 1, containersReady: 0 },
    ...{ waitingReason: WAITING_REASON, createdAtMs: NOW - 40_000 },
  }),
  pod('crash', { status: 'CrashLoopBackOff', containers: 1, containersReady: 0, restarts: 12 }),
  pod('web-7d4b9c-x2x8k'),
  pod('backup', {
    namespace: 'batch',
    phase: 'Succeeded',
    status: 'Completed',
    containersReady: 0,
    agent: 'attic',
  }),
];

function event(reason: string, change: Partial<ClusterEvent>): ClusterEvent {
  const lastMs = change.lastMs ?? NOW - MINUTE;
  return {
    uid: `event-${reason}-${lastMs}`,
    type: 'Normal',
    reason,
    message: '',
    count: 1,
    firstMs: lastMs,
    lastMs,
    kind: 'Pod',
    namespace: 'default',
    name: 'crash',
    objectUid: 'uid-crash',
    fieldPath: '',
    component: 'kubelet',
    host: 'longshore',
    agent: '',
    saidByAgent: false,
    ...change,
  };
}

const container = 'spec.containers{broken}';

const saidByGarage = { agent: 'garage-pi', saidByAgent: true };
/** A pod that is no more. */
const drained = { name: 'cache', objectUid: 'uid-cache' };

export const EVENTS: readonly ClusterEvent[] = [
  event('Scheduled', {
    ...{ lastMs: NOW - 5 * HOUR, component: 'default-scheduler', host: '' },
    message: 'Successfully assigned default/crash to longshore',
  }),
  event('Pulling', {
    ...{ lastMs: NOW - 5 * HOUR + 1000, fieldPath: container, ...saidByGarage },
    message: 'Pulling image "busybox:1.36"',
  }),
  event('Evicted', {
    ...{ ...drained, lastMs: NOW - 40 * MINUTE, agent: 'garage-pi' },
    message: 'agent garage-pi is being drained',
  }),
  event('Killing', {
    ...{ ...drained, lastMs: NOW - 40 * MINUTE, fieldPath: 'spec.containers{cache}', ...saidByGarage },
    message: 'Stopping container cache',
  }),
  event('AgentConnected', {
    ...{ kind: 'Agent', name: 'garage-pi', objectUid: 'uid-garage-pi', namespace: '' },
    ...{ lastMs: NOW - 20 * MINUTE, message: 'agent garage-pi is connected' },
  }),
  event('FailedPlacement', {
    ...{ type: 'Warning', name: 'big', objectUid: 'uid-big', lastMs: NOW - 30_000, message: WAITING_REASON },
  }),
  event('BackOff', {
    ...{ type: 'Warning', fieldPath: container, count: 40, firstMs: NOW - 5 * HOUR, lastMs: NOW - 20_000 },
    ...saidByGarage,
    message: 'Back-off restarting failed container broken in pod crash_default(uid-crash)',
  }),
  event('Pulled', {
    ...{ name: 'elsewhere', objectUid: 'uid-elsewhere', host: 'node-7' },
    message: 'of a node that is not ours',
  }),
];

export const STATUS = {
  nodeName: 'longshore',
  nodeReady: true,
  controllerVersion: '0.1.0',
  epoch: 1_772_366_400_000,
  startedAtMs: NOW - 76 * HOUR,
  agentsTotal: 3,
  agentsReady: 2,
  agentsSchedulable: 1,
  agentsResting: 1,
  allocatable: { cpu: '4', memory: '7864320Ki', 'ephemeral-storage': '52Gi', pods: '110' },
  requested: { cpu: '1500m', memory: '3Gi', pods: '5' },
  podsByPhase: { Running: 2, Pending: 1, Succeeded: 1 },
  waiting: [{ namespace: 'default', name: 'big', reason: WAITING_REASON }],
};

/** `certificatePem`: of the kubelet port. */
export function diagnosis(certificatePem: string, change: object = {}): object {
  const conditions = agentObject('garage-pi').status?.conditions;
  const well = conditions?.map((one) => (one.type === 'DiskPressure' ? { ...one, status: 'False' } : one));
  return {
    controllerVersion: VERSION,
    timeMs: NOW,
    rights: [
      { right: 'patch pods/status', purpose: "pods' statuses", allowed: true, identity: 'node' },
      { right: 'list agents.longshore.dev', purpose: 'the fleet', allowed: true, identity: 'controller' },
    ],
    kubeletCertificatePem: certificatePem,
    kubeletCertificateByCluster: true,
    agents: ['garage-pi', 'workshop'].map((name) => ({
      ...{ name, ready: true, connected: true, lastSeenMs: NOW - 2000, clockAheadMs: 120, conditions: well },
    })),
    ...change,
  };
}

/** A fleet in which nothing is as it should be. */
export const IN_TROUBLE = {
  controllerVersion: '0.0.9',
  timeMs: NOW + 3_600_000,
  kubeletCertificateByCluster: false,
  kubeletCertificateRequest: 'longshore-kubelet-certificate-0123456789abcdef',
  trouble: 'cannot reach the API server https://10.0.0.1: the connection failed (ECONNRESET)',
  rights: [
    {
      ...{ right: 'create serviceaccounts/token', purpose: "pods' tokens", identity: 'node', allowed: false },
      reason: '',
    },
  ],
  agents: [
    { name: 'attic', lastSeenMs: NOW - 3 * MINUTE },
    {
      ...{
        name: 'garage-pi',
        ready: true,
        connected: true,
        lastSeenMs: NOW - 2000,
        clockAheadMs: -1_772_366_400_000,
      },
      conditions: agentObject('garage-pi').status?.conditions,
    },
    {
      ...{ name: 'workshop', connected: true, lastSeenMs: NOW, clockAheadMs: 61_000 },
      conditions: [{ type: 'EngineReady', status: 'False', message: 'Docker does not answer: ECONNREFUSED' }],
    },
  ],
};

const LOG_LINES = [
  {
    level: 'info',
    time: '2026-03-01T11:40:00.123Z',
    name: 'agent',
    address: '10.0.0.5:7443',
    msg: 'connected',
  },
  {
    level: 'debug',
    time: '2026-03-01T11:41:00.000Z',
    name: 'agent',
    pod: 'default/crash',
    msg: 'grün \u001b[2J',
  },
  {
    level: 'warn',
    time: '2026-03-01T11:42:00.000Z',
    name: 'agent',
    reason: 'no route',
    msg: 'not connected; tried again',
  },
].map((line) => `${JSON.stringify(line)}\n`);

interface UpdateRequest {
  readonly name: string;
  readonly unschedulable?: boolean;
}

const VERDICTS = {
  big: [
    { agent: 'attic', obstacles: [{ text: 'not ready', rule: 'NodeReady', until: 'time' }] },
    { agent: 'garage-pi', obstacles: [{ text: 'insufficient memory', rule: 'OutOfmemory', until: 'room' }] },
    { agent: 'workshop', obstacles: [{ text: 'cordoned', rule: 'NodeUnschedulable', until: 'never' }] },
  ],
  crash: [
    { agent: 'attic', obstacles: [{ text: 'not ready', rule: 'NodeReady', until: 'time' }] },
    { agent: 'garage-pi', chosen: true, merits: ['fit 25 x1', 'pods 3'] },
    { agent: 'workshop', obstacles: [{ text: 'cordoned', rule: 'NodeUnschedulable', until: 'never' }] },
  ],
};

const STATUSES = {
  big: {
    phase: 'Pending',
    conditions: [
      { type: 'PodScheduled', status: 'True', lastTransitionTime: at(40_000) },
      {
        ...{ type: 'longshore.dev/Placed', status: 'False', reason: 'NoAgentFits', message: WAITING_REASON },
        lastTransitionTime: at(39_000),
      },
    ],
  },
  crash: {
    phase: 'Running',
    conditions: [
      { type: 'PodScheduled', status: 'True', lastTransitionTime: at(5 * HOUR) },
      { type: 'longshore.dev/Placed', status: 'True', lastTransitionTime: at(5 * HOUR - 100) },
      {
        ...{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
        ...{ message: 'containers with unready status: [broken]', lastTransitionTime: at(5 * HOUR - 3000) },
      },
    ],
    containerStatuses: [
      {
        ...{
          name: 'broken',
          ready: false,
          restartCount: 12,
          image: 'busybox:1.36',
          imageID: '',
          containerID: 'docker://1',
        },
        state: {
          waiting: {
            reason: 'CrashLoopBackOff',
            message: 'back-off 5m0s restarting failed container=broken pod=crash_default(uid-crash)',
          },
        },
        lastState: {
          terminated: {
            exitCode: 3,
            reason: 'Error',
            startedAt: at(4 * MINUTE),
            finishedAt: at(4 * MINUTE - 1000),
          },
        },
      },
    ],
  },
};

function explanation(name: string): object {
  if (name === 'web-7d4b9c-x2x8k') {
    const status = { containerStatuses: [{ name: 'web', state: { running: {} } }] };
    return { statusJson: Buffer.from(JSON.stringify(status)) };
  }
  if (name !== 'big' && name !== 'crash') {
    throw Object.assign(new Error(), {
      code: 5,
      details: `no pod 'default/${name}' is bound to a node of this controller`,
    });
  }
  return {
    pod: PODS.find((candidate) => candidate.name === name),
    statusJson: Buffer.from(JSON.stringify(STATUSES[name])),
    nodeName: 'longshore',
    ...(name === 'crash' && { agent: AGENTS[1] }),
    verdicts: VERDICTS[name],
  };
}

/** Pods of the cluster that are not the fleet's. */
export const OTHER_PODS: readonly Pod[] = [
  aPod({ name: 'elsewhere', spec: { nodeName: 'node-7' } }),
  {
    ...aPod({ name: 'unbound', spec: { nodeName: '' } }),
    status: {
      phase: 'Pending',
      conditions: [
        {
          ...{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' },
          message:
            '0/2 nodes are available: 2 node(s) had untolerated taint(s) {virtual-kubelet.io/provider: longshore}.',
        },
      ],
    },
  },
];

interface PodsRequest {
  readonly agent: string;
  readonly namespace: string;
  readonly usage: boolean;
  readonly selector: string;
}

const USED: Readonly<Record<string, Record<string, string>>> = {
  'web-7d4b9c-x2x8k': { cpu: '250m', memory: String(300 * 2 ** 20) },
  crash: { cpu: '2m', memory: String(900 * 2 ** 20) },
};

export const FLEET_OF_THREE: Record<string, Handler> = {
  GetStatus: () => STATUS,
  ListAgents: ({ selector }: { readonly selector: string }) => ({
    agents: AGENTS.filter(({ labels }) => selector === '' || selector === `zone=${labels?.['zone']}`),
  }),
  GetAgent: ({ name }: { readonly name: string }) => ({
    agent: AGENTS.find((candidate) => candidate.name === name),
    objectJson: Buffer.from(JSON.stringify(agentObject(name))),
    pods: PODS.filter((candidate) => candidate.agent === name).map((candidate) => ({
      pod: candidate,
      requests: { cpu: '250m', memory: '512Mi' },
    })),
  }),
  UpdateAgent: ({ name, unschedulable }: UpdateRequest) => ({
    // The workshop is cordoned already.
    changed: !(name === 'workshop' && unschedulable),
    objectJson: Buffer.from(JSON.stringify(agentObject(name))),
  }),
  ListPods: ({ agent: wanted, namespace, usage, selector }: PodsRequest) => ({
    pods: PODS.filter(
      (candidate) =>
        (!wanted || candidate.agent === wanted) &&
        (!namespace || candidate.namespace === namespace) &&
        (!selector || candidate.name?.startsWith(selector.replace('app=', ''))),
    ).map((candidate) => ({ ...candidate, used: (usage && USED[candidate.name ?? '']) || {} })),
  }),
  ExplainPod: ({ name }: { readonly name: string }) => explanation(name),
  ReadAgentLog: ({ name, tailLines }: { readonly name: string; readonly tailLines?: number }, call) => {
    if (name === 'attic') {
      const details = "agent 'attic' is not connected: its log can be read on the machine itself";
      call.emit('error', Object.assign(new Error(), { code: 14, details }));
      return;
    }
    const data = Buffer.from(LOG_LINES.slice(-(tailLines ?? LOG_LINES.length)).join(''));
    // Cut anywhere.
    for (let at = 0; at < data.length; at += 50) call.write({ data: data.subarray(at, at + 50) });
    call.end();
  },
  ...imageHandlers(AGENTS),
  CreateToken: () => ({
    token: `lsj1.qf3zk2ab.${'x'.repeat(32)}.${'9f'.repeat(32)}`,
    expiresAtMs: NOW + HOUR,
    controllerAddress: 'longshore.example:7443',
  }),
};
