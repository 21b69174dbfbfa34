// `longshore sandbox up`: brings a control plane, the controller and some agents up on this machine, each a process of
// its own. Level-triggered: it starts what does not run and leaves the rest alone, so it is safe to run again, and
// starts again whatever was killed.
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import type { Clock } from '../common/clock.ts';
import { LongshoreError } from '../common/errors.ts';
import { applyDeployFiles } from './bootstrap.ts';
import { readBridgeAddress } from './bridge-address.ts';
import {
  CONTROL_PLANE_LABELS,
  type ControlPlaneChoice,
  type ControlPlaneKind,
  chooseControlPlane,
} from './control-plane-choice.ts';
import {
  agentNames,
  choosePorts,
  createFolders,
  readState,
  type SandboxLayout,
  type SandboxState,
  writeState,
} from './layout.ts';
import { runLongshore } from './longshore-command.ts';
import { observeAgents, observeNodesReady } from './observe.ts';
import { freePodRange } from './pod-range.ts';
import { isAlive, lastWords, type ProcessSpec, startProcess } from './process.ts';
import type { Progress } from './progress.ts';
import { binaryFolders, findBinaries, findMetricsServer, noBinaries } from './real/binaries.ts';
import {
  METRICS_SERVER,
  type MetricsServerOptions,
  metricsServerSpec,
  prepareMetricsServer,
  servesMetrics,
} from './real/metrics-server.ts';
import { agentSpec, controllerSpec, controlPlaneSpec, type NodeChoice, nodeNames } from './specs.ts';

export interface UpOptions {
  readonly controlPlane: ControlPlaneChoice;
  /** For the programs of a real one, each `PROGRAM:--NAME=VALUE`; empty for the built-in one. */
  readonly controlPlaneFlags: readonly string[];
  readonly nodes: NodeChoice;
  /** Metrics-server runs beside a real control plane. */
  readonly metricsServer: boolean;
  readonly agents: number;
  readonly dockerSocket: string;
  readonly capacity: string;
  readonly timeoutMs: number;
}

export interface SandboxTools {
  readonly clock: Clock;
  readonly progress: Progress;
}

export async function sandboxUp(
  layout: SandboxLayout,
  options: UpOptions,
  tools: SandboxTools,
): Promise<void> {
  const { progress, clock } = tools;
  const names = agentNames(options.agents);
  const docker = await progress.step('Docker Engine answers', () => openDocker(options.dockerSocket));
  const podsReachIt = await readBridgeAddress(docker);
  const podRange = await freePodRange(docker);
  const state = readState(layout);
  const controlPlane = controlPlaneKind(options, state?.controlPlane);
  const nodes = nodeChoice(options, state?.nodes);
  createFolders(layout, names);
  const ports = state?.ports ?? (await choosePorts());
  const processes = createSupervisor(
    layout,
    { ports, controlPlane, nodes },
    { timeoutMs: options.timeoutMs, clock },
  );

  const metricsServer = metricsServerChoice(options, {
    ...{ state, controlPlane },
    listen: { host: podsReachIt, port: ports.metrics },
  });

  const observeNodes = () => observeNodesReady(layout.kubeconfig, nodeNames(nodes, names));

  await progress.step(CONTROL_PLANE_LABELS[controlPlane], async () => {
    processes.ensure(
      controlPlaneSpec(layout, ports, { kind: controlPlane, podsReachIt, flags: options.controlPlaneFlags }),
    );
    await processes.until('control-plane', () => existsSync(join(layout.controlPlane, 'ready')));
    copyFileSync(join(layout.controlPlane, 'kubeconfig'), layout.kubeconfig);
    await processes.until('control-plane', () => applyDeployFiles(layout.kubeconfig, nodes).then(() => true));
  });
  await progress.step('controller', async () => {
    processes.ensure(controllerSpec(layout, ports, { nodes, podsReachApi: podsReachIt, podRange }));
    // A node may be left from the controller's former life: only its own answer says that it serves.
    await processes.until('controller', async () => {
      const registered = nodes === 'per-agent' || (await observeNodes()) !== undefined;
      return registered && (await runLongshore(layout, ['status'])) !== '';
    });
  });
  await progress.step(`agents ${names.join(', ')}`, async () => {
    const start = async (name: string) => {
      await processes.until('controller', () => ensureToken(layout, name));
      processes.ensure(agentSpec(layout, ports, name, options));
      await processes.until(name, async () => {
        const agents = await observeAgents(layout.kubeconfig);
        return agents.some((agent) => agent.name === name && agent.ready);
      });
    };
    // All of them: none may be started any more once this has failed.
    const started = await Promise.allSettled(names.map(start));
    for (const result of started) if (result.status === 'rejected') throw result.reason;
  });
  if (metricsServer) {
    await progress.step('metrics-server, for kubectl top', async () => {
      await prepareMetricsServer(layout, metricsServer);
      processes.ensure(metricsServerSpec(layout, metricsServer));
      await processes.until(METRICS_SERVER, () => servesMetrics(layout.kubeconfig));
    });
  }
  await progress.step(`${nodes === 'one' ? 'node longshore is' : 'their nodes are'} Ready`, () =>
    processes.until('controller', async () => (await observeNodes()) === true),
  );
}

function controlPlaneKind(
  { controlPlane, controlPlaneFlags }: UpOptions,
  running: ControlPlaneKind | undefined,
): ControlPlaneKind {
  const hasBinaries = findBinaries(binaryFolders(process.env)) !== undefined;
  const kind = chooseControlPlane(controlPlane, { running, hasBinaries });
  if (kind === 'real' && !hasBinaries) throw noBinaries(process.env);
  if (kind === 'builtin' && controlPlaneFlags.length > 0) {
    throw new LongshoreError('precondition', '--control-plane-flag is for a real control plane only');
  }
  return kind;
}

/** Pods are bound to the nodes there are: the choice stays what it was. */
function nodeChoice({ nodes }: UpOptions, running: NodeChoice | undefined): NodeChoice {
  if (running === undefined || running === nodes) return nodes;
  throw new LongshoreError(
    'precondition',
    `this sandbox was started with --nodes ${running}: take it down to start one with --nodes ${nodes}`,
  );
}

/** Undefined: none is wished for, now or before. */
function metricsServerChoice(
  { metricsServer }: UpOptions,
  found: {
    readonly state: SandboxState | undefined;
    readonly controlPlane: ControlPlaneKind;
    readonly listen: { readonly host: string | undefined; readonly port: number };
  },
): MetricsServerOptions | undefined {
  const { state, controlPlane, listen } = found;
  if (!metricsServer && !state?.processes.some(({ name }) => name === METRICS_SERVER)) return undefined;
  const cannot = (why: string) => new LongshoreError('precondition', `--metrics-server ${why}`);
  if (controlPlane !== 'real') throw cannot('is for a real control plane only (--control-plane real)');
  const { host } = listen;
  if (host === undefined) throw cannot("needs Docker's default bridge: the API server reaches it there");
  const command = findMetricsServer(binaryFolders(process.env));
  if (command === undefined)
    throw cannot('finds no metrics-server: npm run control-plane:build makes it, or put it on PATH');
  return { command, listen: { ...listen, host } };
}

interface Supervisor {
  /** Starts the process unless it runs. The state file knows it before anything waits for it. */
  ensure(spec: ProcessSpec): void;
  /** Resolves when `look` holds; fails at once, with the end of its log, when the process has died. */
  until(process: string, look: () => boolean | Promise<boolean>): Promise<void>;
}

function createSupervisor(
  layout: SandboxLayout,
  begun: Pick<SandboxState, 'ports' | 'controlPlane' | 'nodes'>,
  options: { readonly timeoutMs: number; readonly clock: Clock },
): Supervisor {
  const { clock } = options;
  const deadline = clock.monotonicMs() + options.timeoutMs;
  const records = () => readState(layout)?.processes ?? [];
  const isRunning = (name: string) => records().some((record) => record.name === name && isAlive(record));

  return {
    ensure(spec) {
      if (isRunning(spec.name)) return;
      const record = startProcess(spec);
      writeState(layout, {
        ...begun,
        processes: [...records().filter(({ name }) => name !== spec.name), record],
      });
    },
    async until(process, look) {
      let cause: unknown;
      while (clock.monotonicMs() < deadline) {
        try {
          if (await look()) return;
        } catch (error) {
          cause = error;
        }
        if (!isRunning(process)) throw stopped(process, layout.logFile(process));
        await clock.sleep(100);
      }
      throw new LongshoreError(
        'unavailable',
        `${process} was not ready in time; see ${layout.logFile(process)}`,
        { cause },
      );
    },
  };
}

function stopped(process: string, log: string): LongshoreError {
  return new LongshoreError('unavailable', `${process} has stopped: ${lastWords(log)}; its log is ${log}`);
}

/** A token is needed once; an agent that has joined ignores the file. */
async function ensureToken(layout: SandboxLayout, name: string): Promise<boolean> {
  const { tokenFile } = layout.agent(name);
  if (existsSync(tokenFile)) return true;
  const created = await runLongshore(layout, ['tokens', 'create', '--agent', name, '--output', 'json']);
  const { token } = JSON.parse(created) as { token: string };
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
  return true;
}

/** Rejects where Docker does not answer. */
async function openDocker(socketPath: string): Promise<Docker> {
  const docker = new Docker({ socketPath, timeout: 5000 });
  try {
    await docker.ping();
  } catch (cause) {
    throw new LongshoreError(
      'unavailable',
      `Docker Engine does not answer at ${socketPath}: start it, name another socket with --docker-socket, or run ./install.sh demo, which installs and starts it`,
      { cause },
    );
  }
  return docker;
}
