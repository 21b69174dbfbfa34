import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { renderAgents } from '../../../../controller/cli/agents-list.ts';
import type { View } from '../../../../controller/cli/fleet-command.ts';
import { createPaint, PLAIN } from '../../../../controller/cli/paint.ts';
import { renderPods } from '../../../../controller/cli/pods-list.ts';
import { renderStatus } from '../../../../controller/cli/status-view.ts';
import { advice } from '../../../../controller/cli/tokens-create.ts';
import type { AgentInfo__Output } from '../../../../proto/gen/longshore/v1/AgentInfo.ts';
import type { FleetStatus__Output } from '../../../../proto/gen/longshore/v1/FleetStatus.ts';
import type { PodInfo__Output } from '../../../../proto/gen/longshore/v1/PodInfo.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const hour = 3_600_000;
const table: View = { wide: false, paint: PLAIN, nowMs: NOW };
const wide: View = { ...table, wide: true };
const lines = (...all: string[]) => all.map((line) => `${line}\n`).join('');

const agent = (change: Partial<AgentInfo__Output>): AgentInfo__Output => ({
  name: 'garage-pi',
  uid: 'a-1',
  ready: true,
  reason: '',
  unschedulable: false,
  labels: { zone: 'garage', disk: 'ssd' },
  os: 'linux',
  arch: 'arm64',
  agentVersion: '0.1.0',
  engineVersion: '20.10.24',
  addresses: ['192.168.1.7', 'fd00::7'],
  allocatable: { cpu: '4', memory: '7864320Ki', pods: '110' },
  requested: { cpu: '500m', memory: '1Gi' },
  used: {},
  pods: 3,
  lastSeenMs: NOW - 2000,
  joinedAtMs: NOW - 76 * hour,
  removing: false,
  resting: '',
  ...change,
});

describe('renderAgents', () => {
  const fleet = [
    agent({ name: 'workshop', unschedulable: true, pods: 0, requested: {} }),
    agent({}),
    agent({ name: 'loft', removing: true, unschedulable: true }),
    agent({
      name: 'attic',
      ready: false,
      reason: 'no heartbeat for 3m',
      lastSeenMs: 0,
      allocatable: {},
      labels: {},
      addresses: [],
      engineVersion: '',
      os: '',
      arch: '',
    }),
  ];

  it('shows the machines by name', () => {
    assert.equal(
      renderAgents(fleet, table),
      lines(
        'NAME        STATUS                              PODS    CPU           MEMORY            LAST SEEN   AGE',
        'attic       NotReady                            3       0.5           1Gi               <never>     3d4h',
        'garage-pi   Ready                               3/110   0.5/4 (13%)   1Gi/7.5Gi (13%)   2s ago      3d4h',
        'loft        Ready,Removing,SchedulingDisabled   3/110   0.5/4 (13%)   1Gi/7.5Gi (13%)   2s ago      3d4h',
        'workshop    Ready,SchedulingDisabled            0/110   0/4 (0%)      0/7.5Gi (0%)      2s ago      3d4h',
      ),
    );
  });

  it('shows what they are when there is room', () => {
    const [header, attic, garage] = renderAgents(fleet, wide).split('\n');
    assert.match(header ?? '', /AGE +OS\/ARCH +VERSION +ENGINE +ADDRESSES +LABELS +REASON$/);
    assert.match(attic ?? '', /3d4h +<unknown> +0\.1\.0 +<unknown> +<none> +<none> +no heartbeat for 3m$/);
    assert.match(
      garage ?? '',
      /linux\/arm64 +0\.1\.0 +20\.10\.24 +192\.168\.1\.7,fd00::7 +disk=ssd,zone=garage +<none>$/,
    );
  });

  it('prints nothing for an empty fleet', () => assert.equal(renderAgents([], table), ''));
});

const pod = (change: Partial<PodInfo__Output>): PodInfo__Output => ({
  namespace: 'default',
  name: 'web-0',
  uid: 'p-1',
  phase: 'Running',
  status: 'Running',
  containers: 2,
  containersReady: 2,
  restarts: 0,
  agent: 'garage-pi',
  waitingReason: '',
  createdAtMs: NOW - 5 * hour,
  used: {},
  ...change,
});

describe('renderPods', () => {
  const pods = [
    pod({}),
    pod({
      namespace: 'batch',
      name: 'crash',
      status: 'CrashLoopBackOff',
      containersReady: 0,
      containers: 1,
      restarts: 12,
    }),
    pod({
      name: 'big',
      phase: 'Pending',
      status: 'Pending',
      containersReady: 0,
      agent: '',
      waitingReason: '0/3 agents fit: 3 insufficient memory',
    }),
  ];

  it('shows them by namespace and name, with their agents', () => {
    assert.equal(
      renderPods(pods, table),
      lines(
        'NAMESPACE   NAME    READY   STATUS             RESTARTS   AGENT       AGE',
        'batch       crash   0/1     CrashLoopBackOff   12         garage-pi   5h',
        'default     big     0/2     Pending            0          <none>      5h',
        'default     web-0   2/2     Running            0          garage-pi   5h',
      ),
    );
  });

  it('shows what a pod waits for when there is room', () => {
    assert.match(renderPods(pods, wide), /<none> +5h +p-1 +0\/3 agents fit: 3 insufficient memory\n/);
  });
});

const status = (change: Partial<FleetStatus__Output> = {}): FleetStatus__Output => ({
  nodeName: 'longshore',
  nodeReady: true,
  controllerVersion: '0.1.0',
  agentsResting: 0,
  epoch: 1_772_366_400_000,
  startedAtMs: NOW - 76 * hour,
  agentsTotal: 3,
  agentsReady: 2,
  agentsSchedulable: 2,
  allocatable: { memory: '16Gi', cpu: '8', pods: '330', 'example.com/gpu': '1' },
  requested: { cpu: '2500m', memory: '15.5Gi', pods: '12' },
  podsByPhase: { Running: 10, Pending: 1, Failed: 1, Succeeded: 0 },
  waiting: [
    { namespace: 'default', name: 'big', reason: '0/3 agents fit: 2 insufficient memory, 1 not ready' },
  ],
  ...change,
});

describe('renderStatus', () => {
  it('shows the fleet at a glance', () => {
    assert.equal(
      renderStatus(status(), table),
      lines(
        'Node        longshore  Ready',
        'Controller  0.1.0, up 3d4h',
        'Agents      2 of 3 ready, 2 schedulable',
        'Pods        10 Running, 1 Pending, 1 Failed',
        '',
        'RESOURCE          REQUESTED   ALLOCATABLE   SHARE',
        'cpu                     2.5             8   ######.............. 31%',
        'memory               15.5Gi          16Gi   ###################. 97%',
        'pods                     12           330   #................... 4%',
        'example.com/gpu           0             1   .................... 0%',
        '',
        'Waiting for an agent (1):',
        'NAMESPACE   NAME   REASON',
        'default     big    0/3 agents fit: 2 insufficient memory, 1 not ready',
      ),
    );
  });

  it('says what to do while there are no agents', () => {
    const empty = status({
      nodeReady: false,
      agentsTotal: 0,
      agentsReady: 0,
      agentsSchedulable: 0,
      startedAtMs: 0,
      allocatable: {},
      requested: {},
      podsByPhase: {},
      waiting: [],
    });
    assert.equal(
      renderStatus(empty, table),
      lines(
        'Node        longshore  NotReady',
        'Controller  0.1.0',
        'Agents      none yet: `longshore tokens create` makes the token a machine joins with',
        'Pods        none',
      ),
    );
  });

  it('shows more than all as a full bar with the true figure', () => {
    const text = renderStatus(status({ allocatable: { cpu: '1' }, requested: { cpu: '2500m' } }), table);
    assert.match(text, / {3}#{20} 250%\n/);
  });

  it('keeps a long queue short, and shows all of it when asked', () => {
    const waiting = Array.from({ length: 14 }, (_, index) => ({
      namespace: 'n',
      name: `p${index}`,
      reason: 'x',
    }));
    const text = renderStatus(status({ waiting }), table);
    assert.match(text, /Waiting for an agent \(14\):/);
    assert.match(text, /… and 4 more: longshore status -o wide\n$/);
    assert.doesNotMatch(text, /p10/);
    assert.match(renderStatus(status({ waiting }), wide), /p13/);
  });

  it('draws bars and colours on a terminal, and says the same', () => {
    const paint = createPaint(
      { stdout: { write: () => {}, isTTY: true }, env: { LANG: 'C.UTF-8', TERM: 'xterm' } },
      { color: true },
    );
    const text = renderStatus(status(), { ...table, paint });
    const bare = stripVTControlCharacters(text);
    assert.notEqual(text, bare);
    assert.match(bare, /● Ready/);
    assert.match(bare, /██████░░░░░░░░░░░░░░ 31%/);
    assert.equal(
      bare.replaceAll('● ', '').replaceAll('█', '#').replaceAll('░', '.'),
      renderStatus(status(), table),
    );
  });
});

describe('advice', () => {
  const answer = { token: 'lsj1.x', expiresAtMs: NOW + hour - 700, controllerAddress: 'ctl.example:7443' };

  it('says for how long, for whom, and what to type', () => {
    const text = advice(answer, { reusable: false, nowMs: NOW, shown: false });
    assert.match(text, /^For one machine, for 60m; it is not shown again\./);
    assert.match(text, /--controller ctl\.example:7443 --token TOKEN\n$/);
  });

  it('repeats the token only where it is on the screen already', () => {
    const [shown, piped] = [true, false].map((shown) =>
      advice(answer, { reusable: false, nowMs: NOW, shown }),
    );
    assert.match(shown ?? '', /--token lsj1\.x\n$/);
    assert.doesNotMatch(piped ?? '', /lsj1/);
  });

  it('leaves the address open when the controller knows none', () =>
    assert.match(
      advice({ ...answer, controllerAddress: '' }, { reusable: true, nowMs: NOW, shown: false }),
      /^For any number .*--controller HOST:PORT/s,
    ));
});
