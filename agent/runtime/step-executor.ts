// Executes one step of a plan. No decisions here: a step that cannot be done is remembered with its reason, and the
// next plan says what follows. Only an engine that does not answer is an error.
import type { Clock } from '../../common/clock.ts';
import type { ClusterDns } from '../../common/cluster-dns.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { Pod } from '../../common/pod.ts';
import type { Enforcement } from '../pod/admission.ts';
import { containerEnv } from '../pod/container-env.ts';
import { type ContainerFiles, containerRequest } from '../pod/create-options.ts';
import { containerDevices, type DeviceAssignment, type DeviceInventory } from '../pod/devices.ts';
import type { Machine, PodPlace } from '../pod/downward.ts';
import type { Moment } from '../pod/moment.ts';
import { ipsOf, isLive, type ObservedContainer } from '../pod/observation.ts';
import type { Step } from '../pod/plan.ts';
import { findMember, type Member, type PodContainer } from '../pod/pod-containers.ts';
import type { PodObjects } from '../pod/pod-objects.ts';
import type { PodRecord } from '../pod/pod-record.ts';
import type { PodVolume } from '../pod/pod-volume.ts';
import { resizeName } from '../pod/resize.ts';
import { asksForImageUser, nonRootProblem, seccompProfilePath } from '../pod/security-options.ts';
import { createdEvent } from '../pod/start-events.ts';
import type { PodEvent } from '../pod/status-events.ts';
import { type Engine, EngineError } from './engine.ts';
import { ensureImage, type Images } from './ensure-image.ts';
import type { Execs } from './execs.ts';
import type { TerminationMessages } from './last-words.ts';
import { createOrAdopt, isAway, remembering } from './make-container.ts';
import type { PodMemory } from './pod-memory.ts';
import { type NameService, writePodNames } from './pod-names.ts';
import type { PodNetwork } from './pod-network.ts';
import type { PodTasks } from './pod-tasks.ts';
import type { PodVolumes } from './pod-volumes.ts';
import { runHooks, type SendHook } from './run-hooks.ts';
import { createSandbox, startSandbox } from './sandbox-steps.ts';
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
  readonly log: Pick<Log, 'debug'>;
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
  'start-sandbox': startSandbox,
  'ensure-image': ensureImage,
  'create-container': createContainer,
  'start-container': startMadeContainer,
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

async function createContainer(
  step: Extract<Step, { kind: 'create-container' }>,
  context: StepContext,
): Promise<void> {
  const { pod, agentUid, memory, messages, emit, view } = context;
  const begunWith = memory.launches.config;
  const { container, attempt, restartDelayMs, round, imageId, sandbox, targetId } = step;
  const { spec, target } = memberOf(pod, container);
  const podIps = podIpsIn(sandbox, context);
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
  const make = async () => {
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
  };
  if (!isLive(sandbox)) return await makeAhead(make, begunWith, context);
  const id = await remembering(context, container, make);
  memory.imageForgotten(container, spec.image ?? '');
  if (id === undefined) return;
  await startContainer(container, id, context);
}

function podIpsIn(sandbox: ObservedContainer, { pod, view }: StepContext): readonly string[] {
  return pod.spec.hostNetwork ? view.hostIps : ipsOf(sandbox);
}

/**
 * A refusal may be for want of the sandbox: what is said when that runs counts, and is told. The image stays known until the
 * container is started, for a while: a sandbox that cannot start, time and again, asks no registry each time.
 */
async function makeAhead(
  make: () => Promise<string>,
  config: number,
  { memory, log }: StepContext,
): Promise<void> {
  try {
    memory.launches.containerMade(await make(), config);
  } catch (error) {
    if (isAway(error)) throw error;
    log.debug({ error: describeError(error) }, 'its container is made once its sandbox runs');
    memory.launches.refuseAhead();
  }
}

/** Its files were written before the pod had its address. */
async function startMadeContainer(
  { container, id, sandbox }: Extract<Step, { kind: 'start-container' }>,
  context: StepContext,
): Promise<void> {
  const place = { network: sandbox.network ?? '', podIps: podIpsIn(sandbox, context) };
  const written = await remembering(context, container, () => writePodNames(context, place));
  const { launches } = context.memory;
  // What it is made of may have changed meanwhile.
  if (!written || launches.states.get(id) !== 'made') return;
  launches.asked(id);
  context.memory.imageForgotten(container, memberOf(context.pod, container).spec.image ?? '');
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

function memberOf(pod: Pod, name: string): Member {
  const found = findMember(pod, name);
  if (!found) throw new Error(`the plan names container ${name}, which the pod does not have`);
  return found;
}
