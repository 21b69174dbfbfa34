// The steps that make a pod's volumes and take them away, and what Docker is told of them. What goes wrong is told as the
// kubelet tells it.
import { unprocessed } from '../../common/pod-claims.ts';
import { type EnvFile, type EnvFiles, envFileKey } from '../pod/env-file.ts';
import type { FilesVolume } from '../pod/files-volume.ts';
import { boundClaims } from '../pod/machine-volume.ts';
import type { PodContainer } from '../pod/pod-containers.ts';
import type { PodVolume, VolumeWish } from '../pod/pod-volume.ts';
import type { PodEvent } from '../pod/status-events.ts';
import { volumeFiles } from '../pod/volume-files.ts';
import { type BindMount, bindMount, volumeMounts } from '../pod/volume-mounts.ts';
import type { StepContext } from './step-executor.ts';

/** A pod's volumes as one text: another one means that they are to be set up again. Undefined when it has none. */
export function wantedVolumes(volumes: readonly PodVolume[]): string | undefined {
  return volumes.length === 0 ? undefined : JSON.stringify(volumes);
}

/** What comes over the network is set up beside the worker: the pod can be stopped meanwhile. */
export async function setUpVolumes(context: StepContext): Promise<void> {
  const { podVolumes, memory, tasks } = context;
  if (!podVolumes.some(({ kind }) => kind === 'nfs')) return await trySetUp(context, NEVER);
  memory.volumes.begun();
  tasks.assist(async (signal) => {
    try {
      await trySetUp(context, signal);
    } catch (error) {
      if (signal.aborted) return;
      const failure = { usable: false, early: false, unmounted: [] };
      memory.volumes.failed(wantedVolumes(podVolumes) ?? '', failure);
      throw error;
    } finally {
      memory.volumes.ended();
    }
  });
}

const NEVER = new AbortController().signal;

async function trySetUp(context: StepContext, signal: AbortSignal): Promise<void> {
  const { pod, podVolumes, volumes, memory, emit } = context;
  const { uid } = pod.metadata;
  const wanted = wantedVolumes(podVolumes) ?? '';
  const prepared = podVolumes.flatMap((volume) => prepare(volume, context) ?? []);
  const wishes = prepared.flatMap((part) => ('wish' in part ? [part.wish] : []));
  const failures = await volumes.setUp(uid, wishes, signal);
  const unmade = [
    ...prepared.flatMap((part) => ('wish' in part ? [] : [part])),
    ...failures.map(({ volume, message }) => {
      const event = setUpFailed(titleOf(volume, podVolumes), message);
      return { volume, event, early: false, awaited: true };
    }),
  ];
  if (unmade.length === 0) {
    await holdClaims(context);
    return memory.volumes.setUp(wanted);
  }
  const usable = await Promise.all(unmade.map(({ volume }) => isUsable(volume, context)));
  const unmounted = unmade.flatMap(({ volume, awaited }, index) =>
    awaited && !usable[index] ? [volume] : [],
  );
  const allEarly = unmade.every(({ early }) => early);
  const failure = { usable: !usable.includes(false), early: allEarly, unmounted };
  const again = memory.volumes.failed(wanted, failure);
  for (const { event, early } of unmade) if (!early || again) emit(event);
}

/** What is set up stays what it is, whatever the controller says of the claims from now on. */
async function holdClaims({ podVolumes, record, change, ...context }: StepContext): Promise<void> {
  const { machine } = context.view;
  const claims = { ...boundClaims(podVolumes, { ...context, machine }), ...record().claims };
  if (Object.keys(claims).length === Object.keys(record().claims ?? {}).length) return;
  await change((current) => ({ ...current, claims }));
}

type Prepared = { readonly wish: VolumeWish } | Unmade;

interface Unmade {
  readonly volume: string;
  readonly event: PodEvent;
  /** It is likely to be only a matter of moments. */
  readonly early: boolean;
  /** It is waited for, and that is told when it takes long; otherwise each try says all. */
  readonly awaited: boolean;
}

/** Undefined: it comes with its image. */
function prepare(volume: PodVolume, context: StepContext): Prepared | undefined {
  const { name, kind } = volume;
  if (kind === 'refused')
    return { volume: name, event: refused(name, volume.reason), early: false, awaited: false };
  if (kind === 'unready') {
    return { volume: name, event: failedMount(volume.message), early: volume.early, awaited: false };
  }
  if (kind === 'image') return undefined;
  if (kind !== 'files') return { wish: volume };
  const { machine } = context.view;
  const found = volumeFiles(volume, { pod: context.pod, objects: context.objects, machine });
  if (found.kind === 'ok') return { wish: { ...volume, files: found.files } };
  const early = found.kind === 'unknown' && !found.lasting;
  return { volume: name, event: setUpFailed(name, found.message), early, awaited: true };
}

/** It has what it had before: the pod can go on with that. */
async function isUsable(name: string, { pod, podVolumes, volumes }: StepContext): Promise<boolean> {
  const isFiles = (volume: PodVolume): volume is FilesVolume =>
    volume.kind === 'files' && volume.name === name;
  const files = podVolumes.find(isFiles);
  return files !== undefined && (await volumes.hasFiles(pod.metadata.uid, files));
}

/** As a kubelet that gives up waiting, and begins anew. */
export async function tellUnmounted(names: readonly string[], { emit, memory }: StepContext): Promise<void> {
  const which = `unmounted volumes=[${names.join(' ')}], unattached volumes=[], failed to process volumes=[]`;
  emit(failedMount(`Unable to attach or mount volumes: ${which}: context deadline exceeded`));
  memory.volumes.toldUnmounted();
}

export async function tearDownVolumes({ pod, volumes, memory, tasks }: StepContext): Promise<void> {
  // Nothing is put there afterwards.
  await tasks.givenUp();
  await volumes.tearDown(pod.metadata.uid);
  memory.volumes.gone();
}

/** What events call it. */
function titleOf(name: string, volumes: readonly PodVolume[]): string {
  const volume = volumes.find((candidate) => candidate.name === name);
  return (volume && 'title' in volume ? volume.title : undefined) ?? name;
}

function setUpFailed(volume: string, message: string): PodEvent {
  return failedMount(`MountVolume.SetUp failed for volume "${volume}" : ${message}`);
}

function refused(volume: string, reason: string): PodEvent {
  return failedMount(unprocessed(volume, `no volume plugin matched (${reason})`));
}

function failedMount(message: string): PodEvent {
  return { type: 'Warning', reason: 'FailedMount', message };
}

/** The files that a container takes variables from, as they are now. */
export async function envFiles(
  container: PodContainer,
  { pod, podVolumes, volumes }: StepContext,
): Promise<EnvFiles> {
  const files = new Map<string, EnvFile>();
  for (const { valueFrom } of container.env ?? []) {
    const { volumeName, path } = valueFrom?.fileKeyRef ?? {};
    const volume = podVolumes.find(({ kind, name }) => kind === 'empty-dir' && name === volumeName);
    if (!volume || path === undefined || files.has(envFileKey(volume.name, path))) continue;
    const file = await volumes.read({ podUid: pod.metadata.uid, volume, path });
    files.set(envFileKey(volume.name, path), file);
  }
  return files;
}

export type ContainerMounts =
  | { readonly kind: 'ok'; readonly mounts: readonly BindMount[] }
  | { readonly kind: 'problem'; readonly message: string };

/** What Docker is to show the container of its pod's volumes. */
export async function containerMounts(
  container: PodContainer,
  env: ReadonlyMap<string, string>,
  { pod, podVolumes, volumes, view }: StepContext,
): Promise<ContainerMounts> {
  const { recursiveReadOnly } = view;
  const wished = volumeMounts(pod, container, { env, recursiveReadOnly, volumes: podVolumes });
  if (wished.kind === 'problem') return wished;
  const { mounts } = wished;
  if (mounts.length === 0) return { kind: 'ok', mounts: [] };
  const found = await volumes.sources({
    podUid: pod.metadata.uid,
    container: container.name,
    volumes: podVolumes,
    mounts,
  });
  if (found.kind === 'problem') return found;
  return { kind: 'ok', mounts: mounts.map((mount, index) => bindMount(mount, found.sources[index] ?? '')) };
}
