// Sees to the image of a container or a volume beside the worker: remembers what becomes of it, and tells it as the
// kubelet does.
import { describeError } from '../../common/errors.ts';
import { goDuration } from '../pod/api-time.ts';
import { imageVolumeKey, wantedImage } from '../pod/image-volumes.ts';
import type { Step } from '../pod/plan.ts';
import type { PodVolume } from '../pod/pod-volume.ts';
import { type RegistryLogin, readPullSecrets } from '../pod/registry-credentials.ts';
import type { PodEvent } from '../pod/status-events.ts';
import type { StepContext } from './step-executor.ts';

/** Where images come from. Rejects with an error that has a kubelet's `reason`. */
export interface Images {
  /** Undefined: it would have to be pulled, and it is not known yet who asks. */
  ensure(
    request: {
      readonly image: string;
      readonly policy: string | undefined;
      readonly podUid: string;
      /** Undefined: not known yet. */
      readonly logins: readonly RegistryLogin[] | undefined;
      onPulling(): void;
      onProgress(progress: { readonly currentBytes: number; readonly totalBytes: number }): void;
    },
    signal: AbortSignal,
  ): Promise<EnsuredImage | undefined>;
  /** The reference of the image that sandboxes run. */
  ensurePauseImage(): Promise<string>;
}

export interface EnsuredImage {
  readonly imageId: string;
  readonly pulled: boolean;
  readonly durationMs: number;
  readonly waitedMs: number;
  readonly sizeBytes: number;
}

export async function ensureImage(
  { image: key }: Extract<Step, { kind: 'ensure-image' }>,
  context: StepContext,
): Promise<void> {
  const { memory, images, pod, objects } = context;
  const wanted = wantedImage(pod, key);
  if (!wanted) return;
  const { image, policy, container } = wanted;
  const emit = (event: PodEvent) => context.emit(container === undefined ? event : { ...event, container });
  const secrets = readPullSecrets(pod, objects);
  const logins = secrets.kind === 'known' ? secrets.logins : undefined;
  const lacked = secrets.kind === 'known' ? secrets.unusable : [];
  const pulling = (more: string) =>
    emit({ type: 'Normal', reason: 'Pulling', message: `Pulling image "${image}"${more}` });
  const onPulling = () => {
    if (lacked.length > 0) context.emit(unusableSecrets(lacked));
    pulling('');
  };
  const onProgress = ({ currentBytes, totalBytes }: { currentBytes: number; totalBytes: number }) =>
    pulling(`: ${megabytes(currentBytes)} of ${megabytes(totalBytes)}`);
  memory.pulling(key, image);
  context.tasks.assist(async (signal) => {
    try {
      const request = { image, policy, podUid: pod.metadata.uid, logins, onPulling, onProgress };
      const ensured = await images.ensure(request, signal);
      if (!ensured) return memory.imageAwaitsSecrets(key, image);
      emit({ type: 'Normal', reason: 'Pulled', message: pulledMessage(image, ensured) });
      const volume = container === undefined ? context.podVolumes.find(isOf(key)) : undefined;
      if (volume) await context.volumes.showImage(pod.metadata.uid, volume.name, ensured.imageId, signal);
      memory.imageReady(key, image, ensured.imageId);
    } catch (error) {
      if (signal.aborted) return memory.imageForgotten(key, image);
      const failure = { reason: reasonOf(error), message: describeError(error) };
      memory.imageFailed(key, image, { ...failure, lacked });
      for (const event of imageFailureEvents(image, failure)) emit(event);
    }
  });
}

function isOf(key: string): (volume: PodVolume) => boolean {
  return ({ name, kind }) => kind === 'image' && imageVolumeKey(name) === key;
}

function unusableSecrets(names: readonly string[]): PodEvent {
  const message = `Unable to retrieve some image pull secrets (${names.join(', ')}); attempting to pull the image may not succeed.`;
  return { type: 'Warning', reason: 'FailedToRetrieveImagePullSecret', message };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function pulledMessage(image: string, ensured: EnsuredImage): string {
  if (!ensured.pulled) return `Container image "${image}" already present on machine`;
  const took = goDuration(ensured.durationMs);
  const waited = goDuration(ensured.durationMs + ensured.waitedMs);
  return `Successfully pulled image "${image}" in ${took} (${waited} including waiting). Image size: ${ensured.sizeBytes} bytes.`;
}

function imageFailureEvents(
  image: string,
  { reason, message }: { reason: string; message: string },
): PodEvent[] {
  const error: PodEvent = { type: 'Warning', reason: 'Failed', message: `Error: ${reason}` };
  switch (reason) {
    case 'ErrImageNeverPull':
      return [{ type: 'Warning', reason: 'ErrImageNeverPull', message }, error];
    case 'InvalidImageName':
    case 'ImageInspectError':
      return [{ type: 'Warning', reason: 'InspectFailed', message }, error];
    default:
      return [
        { type: 'Warning', reason: 'Failed', message: `Failed to pull image "${image}": ${message}` },
        error,
      ];
  }
}

function reasonOf(error: unknown): string {
  const { reason } = error as { reason?: unknown };
  return typeof reason === 'string' ? reason : 'ErrImagePull';
}
