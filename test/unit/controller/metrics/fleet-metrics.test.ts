import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expositionText } from '../../../../common/metrics/exposition.ts';
import { fleetFamilies } from '../../../../controller/metrics/fleet-metrics.ts';
import type { AgentFigures, PodFigures } from '../../../../controller/reconcile/fleet-figures.ts';

const AMOUNTS = { cpu: 4, memory: 1024, pods: 110, 'ephemeral-storage': 2048 };
const AGENT: AgentFigures = {
  ...{ name: 'pi', state: 'ready', connected: true, version: '0.1.0', os: 'linux', arch: 'arm64' },
  ...{ engineVersion: '20.10.24', pods: 2, allocatable: AMOUNTS, requested: { ...AMOUNTS, cpu: 0.25 } },
  ...{ used: { cpuCores: 1.5, memoryBytes: 512 }, clockAheadSeconds: -0.25 },
  certificateExpiresSeconds: 1_800_000_000,
};
const POD: PodFigures = {
  ...{ phase: 'Running', agentState: 'ready', waitsFor: [] },
  containers: { running: 1, exited: 1, waiting: 0 },
};
const WAITING: PodFigures = {
  ...{ phase: 'Pending', agentState: 'none', containers: { running: 0, exited: 0, waiting: 2 } },
  waitsFor: ['OutOfcpu', 'TaintToleration', 'OutOfexample.com/a', 'OutOfexample.com/b'],
};
const render = (agents: AgentFigures[], pods: PodFigures[]) =>
  [...expositionText(fleetFamilies({ agents, pods }))].join('');
const has = (text: string, line: string) =>
  assert.ok(text.includes(`\n${line}\n`), `${line} is missing in\n${text}`);

describe('the fleet in numbers', () => {
  it('counts agents by every state there is', () => {
    const text = render([AGENT, { ...AGENT, name: 'nas', state: 'lost' }], []);
    has(text, 'longshore_agents{state="ready"} 1');
    has(text, 'longshore_agents{state="lost"} 1');
    has(text, 'longshore_agents{state="cordoned"} 0');
  });

  it('tells of each agent what it is, has and uses', () => {
    const text = render([AGENT], []);
    has(
      text,
      'longshore_agent_info{agent="pi",version="0.1.0",os="linux",arch="arm64",engine_version="20.10.24"} 1',
    );
    has(text, 'longshore_agent_up{agent="pi"} 1');
    has(text, 'longshore_agent_pods{agent="pi"} 2');
    has(text, 'longshore_agent_allocatable{agent="pi",resource="cpu",unit="core"} 4');
    has(text, 'longshore_agent_requested{agent="pi",resource="cpu",unit="core"} 0.25');
    has(text, 'longshore_agent_machine_cpu_cores{agent="pi"} 1.5');
    has(text, 'longshore_agent_clock_ahead_seconds{agent="pi"} -0.25');
    has(text, 'longshore_agent_certificate_expiration_timestamp_seconds{agent="pi"} 1800000000');
  });

  it('says nothing of what an agent has not told', () => {
    const text = render([{ ...AGENT, connected: false, used: undefined, clockAheadSeconds: undefined }], []);
    has(text, 'longshore_agent_up{agent="pi"} 0');
    assert.doesNotMatch(text, /machine_cpu|clock_ahead/);
  });

  it('counts pods by phase and the state of their agent, and containers', () => {
    const text = render([AGENT], [POD, POD, { ...POD, agentState: 'lost' }, WAITING]);
    has(text, 'longshore_pods{phase="Running",agent_state="ready"} 2');
    has(text, 'longshore_pods{phase="Running",agent_state="lost"} 1');
    has(text, 'longshore_pods{phase="Pending",agent_state="none"} 1');
    has(text, 'kubelet_running_pods 3');
    has(text, 'kubelet_running_containers{container_state="running"} 3');
    has(text, 'kubelet_running_containers{container_state="waiting"} 2');
  });

  it('counts a waiting pod once under each rule, resources that users name under one', () => {
    const text = render([], [WAITING]);
    has(text, 'longshore_pods_waiting{rule="OutOfcpu"} 1');
    has(text, 'longshore_pods_waiting{rule="TaintToleration"} 1');
    has(text, 'longshore_pods_waiting{rule="OutOfExtendedResource"} 1');
    assert.doesNotMatch(text, /example/);
  });
});
