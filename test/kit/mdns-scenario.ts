// Run by test/e2e/discovery.test.ts in a network of its own: a control plane, a controller that announces itself and an
// agent that is told nothing but its token, all of them the real programs. Prints `joined` when the agent is Ready.
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../common/clock.ts';
import { applyDeployFiles } from '../../sandbox/bootstrap.ts';
import { choosePorts, createFolders, sandboxLayout } from '../../sandbox/layout.ts';
import { runLongshore } from '../../sandbox/longshore-command.ts';
import { observeAgents, observeNodesReady } from '../../sandbox/observe.ts';
import {
  lastLogLines,
  type ProcessRecord,
  type ProcessSpec,
  startProcess,
  stopProcess,
} from '../../sandbox/process.ts';
import { agentSpec, controllerSpec, controlPlaneSpec, NODE_NAME } from '../../sandbox/specs.ts';
import { eventually } from './eventually.ts';

const [folder = ''] = process.argv.slice(2);
const layout = sandboxLayout(folder);
createFolders(layout, ['agent-1']);
const ports = await choosePorts();
const running: ProcessRecord[] = [];
const start = (spec: ProcessSpec) => running.push(startProcess(spec));

try {
  start(controlPlaneSpec(layout, ports, { kind: 'builtin', podsReachIt: undefined, flags: [] }));
  await eventually(() => existsSync(join(layout.controlPlane, 'ready')), { what: 'the control plane' });
  copyFileSync(join(layout.controlPlane, 'kubeconfig'), layout.kubeconfig);
  await applyDeployFiles(layout.kubeconfig);

  const controller = controllerSpec(layout, ports);
  start({ ...controller, args: controller.args.filter((arg) => arg !== '--no-mdns') });
  await eventually(async () => (await observeNodesReady(layout.kubeconfig, [NODE_NAME])) !== undefined, {
    what: 'the node',
  });
  const created = await eventually(() => runLongshore(layout, ['tokens', 'create', '-o', 'json']), {
    what: 'a token',
  });
  writeFileSync(layout.agent('agent-1').tokenFile, (JSON.parse(created) as { token: string }).token);

  const agent = agentSpec(layout, ports, 'agent-1', {
    dockerSocket: '/var/run/docker.sock',
    capacity: 'cpu=1,memory=64Mi',
  });
  const at = agent.args.indexOf('--controller');
  start({ ...agent, args: agent.args.toSpliced(at, 2) });
  await eventually(async () => (await observeAgents(layout.kubeconfig)).some(({ ready }) => ready), {
    what: 'the agent',
  });
  console.log('joined');
} catch (error) {
  for (const { name, logFile } of running) console.error(`--- ${name}\n${lastLogLines(logFile, 20)}`);
  throw error;
} finally {
  await Promise.all(running.map((record) => stopProcess(record, 10_000, systemClock)));
}
