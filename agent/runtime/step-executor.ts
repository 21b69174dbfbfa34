// Executes one step of a plan. No decisions here: a step that cannot be done is remembered with its reason, and the
// next plan says what follows. Only an engine that does not answer is an error.
import type { Clock } from '../../common/clock.ts';
import type { ClusterDns } from '../../common/cluster-dns.ts';
import { describeError } from '../../common/errors.ts';
import type { Pod } from '../../common/pod.ts';
import type { Enforcement } from '../pod/admission.ts';
import { containerEnv } from '../pod/container-env.ts';
import {
  type ContainerFiles,
  type CreateRequest,
  containerRequest,
  sandboxRequest,
} from '../pod/create-options.ts';
import { containerDevices, type DeviceAssignment, type DeviceInventory } from '../pod/devices.ts';
import type { Machine, PodPlace } from '../pod/downward.ts';
import type { Moment } from '../pod/moment.ts';
import { SANDBOX } from '../pod/names.ts';
import { ipsOf } from '../pod/observation.ts';
import type { Step } from '../pod/plan.ts';
import { findMember, type Member, type PodContainer } from '../pod/pod-containers.ts';
import type { PodObjects } from '../pod/pod-objects.ts';
import type { PodRecord } from '../pod/pod-record.ts';
import type { PodVolume } from '../pod/pod-volume.ts';
import { resizeName } from '../pod/resize.ts';
import { runtimeChoice } from '../pod/runtime-class.ts';
import { asksForImageUser, nonRootProblem, seccompProfilePath } from '../pod/security-options.ts';
import { createdEvent } from '../pod/start-events.ts';
import type { PodEvent } from '../pod/status-events.ts';
import { type Engine, EngineError } from './engine.ts';
import { ensureImage, type Images } from './ensure-image.ts';
import type { Execs } from './execs.ts';
import type { TerminationMessages } from './last-words.ts';
import type { PodMemory } from './pod-memory.ts';
import { hostnameOf, type NameService, resolverOf, writePodNames } from './pod-names.ts';
import type { PodNetwork } from './pod-network.ts';
import type { PodTasks } from './pod-tasks.ts';
import type { PodVolumes } from './pod-volumes.ts';
import { runHooks, type SendHook } from './run-hooks.ts';
import { beginStop, killAll, signalAll } from './stop-steps.ts';
import { tryAll } from './try-all.ts';
import { containerMounts, envFiles, setUpVolumes, tearDownVolumes, tellUnmounted } from './volume-steps.ts';

/** This machine, as pods may ask about it. */
export interface MachineView {
  readonly hostIps: readonly string[];
  readonly nodeName: string;
  readonly machine: Machine;
  readonly clusterDns: ClusterDns;
  /** All that it has, whatever is given to pods. */
  readonly machineMemoryBytes: number;
  /** No OOM score below this can be had here; -1000 where all can. */
  readonly oomScoreFloor: number;
  /** The engine and the kernel can make a whole tree of mounts read-only. */
  readonly recursiveReadOnly: boolean;
  readonly enforcement: Enforcement;
  readonly devices: DeviceInventory;
  /** How many processes a container may have; undefined: any number. */
  readonly pidsLimit: number | undefined;
}

export interface StepContext {
  readonly pod: Pod;
  readonly objects: PodObjects;
  readonly agentUid: string;
  readonly network: PodNetwork;
  readonly engine: Engine;
  readonly images: Images;
  readonly messages: Pick<TerminationMessages, 'create'>;
  readonly volumes: Omit<PodVolumes, 'held' | 'sweep'>;
  /** What the pod's volumes are now. */
  readonly podVolumes: readonly PodVolume[];
  readonly names: NameService;
  /** By path below the machine's folder of them. */
  readonly readSeccompProfile: (path: string) => Promise<string>;
  /** The pod's own of the machine's. */
  readonly devices: DeviceAssignment;
  readonly memory: PodMemory;
  readonly view: MachineView;
  readonly execs: Execs;
  readonly sendHook: SendHook;
  /** Where the pod's containers are reached from this machine; empty before it has an address. */
  readonly podIp: string;
  readonly tasks: Pick<PodTasks, 'assist' | 'accompany' | 'givenUp'>;
  readonly clock: Clock;
  now(): Moment;
  emit(event: PodEvent): void;
  /** The pod's record as it is now. */
  record(): PodRecord;
  /** Durable when it resolves, and so are the events of it: only then they are told. */
  change(change: (record: PodRecord) => PodRecord, events?: readonly PodEvent[]): Promise<void>;
  bury(): Promise<void>;
}

type Executors = {
  readonly [Kind in Step['kind']]: (
    step: Extract<Step, { kind: Kind }>,
    context: StepContext,
  ) => Promise<void>;
};

const EXECUTORS: Executors = {
  'set-up-volumes': (_, context) => setUpVolumes(context),
  'tell-unmounted': ({ volumes }, context) => tellUnmounted(volumes, context),
  'tear-down-volumes': (_, context) => tearDownVolumes(context),
  'create-sandbox': createSandbox,
  'ensure-image': ensureImage,
  'create-container': createContainer,
  'run-hooks': runHooks,
  'begin-stop': beginStop,
  'resize-container': resizeContainer,
  signal: signalAll,
  kill: killAll,
  remove: ({ ids }, { engine }) => tryAll(ids, (id) => engine.remove(id)),
  bury: (_, context) => context.bury(),
};

export function execute<Kind extends Step['kind']>(
  step: Extract<Step, { kind: Kind }>,
  context: StepContext,
): Promise<void> {
  const executor = EXECUTORS[step.kind as Kind] as Executors[Kind];
  return executor(step, context);
}

async function createSandbox(
  { attempt, changed }: Extract<Step, { kind: 'create-sandbox' }>,
  context: StepContext,
): Promise<void> {
  const { pod, agentUid, network, images, emit, view } = context;
  const { oomScoreFloor } = view;
  if (changed) emit(SANDBOX_CHANGED);
  const id = await remembering(context, SANDBOX, async () => {
    const runtime = runtimeOf(context);
    const { hostname } = hostnameOf(context);
    const image = await images.ensurePauseImage();
    const joined = pod.spec.hostNetwork ? '' : await network.ensure();
    const { events } = await resolverOf(context, joined);
    for (const event of events) emit(event);
    const names = { pod, agentUid, attempt, image, hostname };
    const request = sandboxRequest({ ...names, network: joined, oomScoreFloor, runtime });
    return createOrAdopt(request, context);
  });
  if (id !== undefined) await startSandbox(id, context);
}

function runtimeOf({ pod, objects }: StepContext): string | undefined {
  const choice = runtimeChoice(pod, objects);
  if (choice.kind === 'chosen') return choice.runtime;
  throw new Error(choice.kind === 'problem' ? choice.message : 'its RuntimeClass is not known yet');
}

const SANDBOX_CHANGED: PodEvent = {
  type: 'Normal',
  reason: 'SandboxChanged',
  message: 'Pod sandbox changed, it will be killed and re-created.',
};

async function startSandbox(id: string, context: StepContext): Promise<void> {
  const { engine, memory } = context;
  await remembering(context, SANDBOX, async () => {
    try {
      await engine.start(id);
    } catch (error) {
      // What an engine that died has left of it may keep it from ever starting: the next try is another one.
      if (!isAway(error)) await engine.remove(id);
      throw error;
    }
    memory.succeeded(SANDBOX);
  });
}

async function createContainer(
  step: Extract<Step, { kind: 'create-container' }>,
  context: StepContext,
): Promise<void> {
  const { pod, agentUid, memory, messages, emit, view } = context;
  const { container, attempt, restartDelayMs, round, imageId, sandbox, targetId } = step;
  const { spec, target } = memberOf(pod, container);
  const podIps = pod.spec.hostNetwork ? view.hostIps : ipsOf(sandbox);
  const config =
    target !== undefined && targetId === undefined
      ? { kind: 'problem' as const, message: `unable to find target container "${target}"` }
      : await containerConfig(spec, imageId, { ...view, podIps }, context);
  if (config.kind === 'no-image') return memory.imageForgotten(container, spec.image ?? '');
  if (config.kind === 'problem') {
    memory.failed(container, { reason: 'CreateContainerConfigError', message: config.message });
    return;
  }
  const requestWith = (files: ContainerFiles | undefined, seccompProfile: string | undefined) =>
    containerRequest({
      // What runs its sandbox, whatever has become of the class since then.
      runtime: pod.spec.runtimeClassName ? sandbox.runtime : undefined,
      pod,
      container: spec,
      agentUid,
      attempt,
      restartDelayMs,
      round,
      imageId,
      sandboxId: sandbox.id,
      targetId,
      env: config.env,
      mounts: config.mounts,
      files,
      security: { imageUser: config.imageUser, seccompProfile },
      devices: config.devices,
      scale: {
        machineMemoryBytes: view.machineMemoryBytes,
        oomScoreFloor: view.oomScoreFloor,
        pidsLimit: view.pidsLimit,
      },
    });
  const id = await remembering(context, container, async () => {
    const profile = seccompProfilePath(pod, spec);
    const seccompProfile = profile === undefined ? undefined : await context.readSeccompProfile(profile);
    const message = await messages.create({ podUid: pod.metadata.uid, container, attempt });
    const files = { message, ...(await writePodNames(context, { network: sandbox.network ?? '', podIps })) };
    try {
      return await createOrAdopt(requestWith(files, seccompProfile), context);
    } catch (error) {
      if (!(error instanceof EngineError) || !UNSEEN_FILE.test(error.message)) throw error;
      if (!Object.values(files).some((path) => error.message.includes(path))) {
        memory.volumes.forget();
        throw error;
      }
      emit({ type: 'Warning', reason: 'EngineWarning', message: NO_FILES, container });
      return await createOrAdopt(requestWith(undefined, seccompProfile), context);
    }
  });
  memory.imageForgotten(container, spec.image ?? '');
  if (id === undefined) return;
  await startContainer(container, id, context);
}

/** Some packagings of Docker see little of the machine's files. */
const UNSEEN_FILE = /bind source path does not exist/;
const NO_FILES =
  "Docker cannot see the agent's state folder: termination messages are not read, and /etc/hosts and /etc/resolv.conf are Docker's own; give --state-dir a folder that Docker sees";

async function containerConfig(spec: PodContainer, imageId: string, place: PodPlace, context: StepContext) {
  const { pod, engine, objects } = context;
  const asksForUser = asksForImageUser(pod, spec);
  const image = asksForUser ? await engine.image(imageId) : undefined;
  // Somebody has removed it since: it is asked for anew.
  if (asksForUser && !image) return { kind: 'no-image' as const };
  const imageUser = image?.user ?? '';
  const problem = nonRootProblem(pod, spec, imageUser);
  if (problem !== undefined) return { kind: 'problem' as const, message: problem };
  const devices = containerDevices(spec, context.devices, context.view.devices);
  if (devices.kind === 'problem') return devices;
  const files = await envFiles(spec, context);
  const env = containerEnv(spec, { pod, place, objects, files });
  if (env.kind === 'problem') return env;
  const mounts = await containerMounts(spec, env.env, context);
  return mounts.kind === 'problem'
    ? mounts
    : { ...mounts, env: env.env, imageUser, devices: devices.options };
}

async function resizeContainer(
  { container, id, limits }: Extract<Step, { kind: 'resize-container' }>,
  { engine, memory }: StepContext,
): Promise<void> {
  try {
    await engine.resize(id, limits);
    memory.succeeded(resizeName(container));
  } catch (error) {
    if (isAway(error)) throw error;
    memory.failed(resizeName(container), { reason: 'ResizeError', message: describeError(error) });
  }
}

async function startContainer(container: string, id: string, context: StepContext): Promise<void> {
  const { memory, engine, emit } = context;
  try {
    await engine.start(id);
    memory.succeeded(container);
  } catch (error) {
    if (isAway(error)) throw error;
    const message = describeError(error);
    memory.failed(container, { reason: 'RunContainerError', message });
    emit(createdEvent(container));
    emit({ type: 'Warning', reason: 'Failed', message: `Error: ${message}`, container });
  }
}

/** Undefined when the engine refused: it is remembered and told. */
async function remembering<T>(
  context: StepContext,
  what: string,
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (isAway(error)) throw error;
    const message = describeError(error);
    if (what === SANDBOX) {
      context.memory.failed(what, { reason: 'CreatePodSandboxError', message });
      const told = `Failed to create pod sandbox: ${message}`;
      context.emit({ type: 'Warning', reason: 'FailedCreatePodSandBox', message: told });
    } else {
      context.memory.failed(what, { reason: 'CreateContainerError', message });
      context.emit({ type: 'Warning', reason: 'Failed', message: `Error: ${message}`, container: what });
    }
    return undefined;
  }
}

function isAway(error: unknown): boolean {
  return error instanceof EngineError && error.kind === 'unavailable';
}

/** A name is made once: what an earlier, interrupted try has left is taken over if it runs, or cleared away. */
async function createOrAdopt(request: CreateRequest, context: StepContext): Promise<string> {
  const { engine } = context;
  for (let tries = 0; ; tries++) {
    try {
      const { id, warnings } = await engine.create(request);
      for (const warning of warnings) warn(request, warning, context);
      return id;
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== 'conflict' || tries > 0) throw error;
      const existing = await engine.inspect(request.name);
      if (!existing) throw error;
      const { hash, sandboxId } = existing.identity;
      const same = hash === request.identity.hash && sandboxId === request.identity.sandboxId;
      if (same && existing.state.kind === 'running') return existing.id;
      await engine.remove(existing.id);
    }
  }
}

function warn({ identity }: CreateRequest, warning: string, { emit }: StepContext): void {
  const about = identity.container === SANDBOX ? {} : { container: identity.container };
  emit({ type: 'Warning', reason: 'EngineWarning', message: warning, ...about });
}

function memberOf(pod: Pod, name: string): Member {
  const found = findMember(pod, name);
  if (!found) throw new Error(`the plan names container ${name}, which the pod does not have`);
  return found;
}
