// Sees to a container's image beside the worker: remembers what becomes of it, and tells it as the kubelet does.
import { describeError } from '../../common/errors.ts';
import { goDuration } from '../pod/api-time.ts';
import type { Step } from '../pod/plan.ts';
import { findMember } from '../pod/pod-containers.ts';
import type { PodEvent } from '../pod/status-events.ts';
import type { StepContext } from './step-executor.ts';

/** Where images come from. Rejects with an error that has a kubelet's `reason`. */
export interface Images {
  ensure(
    request: {
      readonly image: string;
      readonly policy: string | undefined;
      readonly podUid: string;
      onPulling(): void;
    },
    signal: AbortSignal,
  ): Promise<EnsuredImage>;
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
  { container }: Extract<Step, { kind: 'ensure-image' }>,
  context: StepContext,
): Promise<void> {
  const { memory, images, pod, emit } = context;
  const spec = findMember(pod, container)?.spec;
  const image = spec?.image ?? '';
  const onPulling = () =>
    emit({ type: 'Normal', reason: 'Pulling', message: `Pulling image "${image}"`, container });
  memory.pulling(container, image);
  context.background(async (signal) => {
    try {
      const request = { image, policy: spec?.imagePullPolicy, podUid: pod.metadata.uid, onPulling };
      const ensured = await images.ensure(request, signal);
      memory.imageReady(container, image, ensured.imageId);
      emit({ type: 'Normal', reason: 'Pulled', message: pulledMessage(image, ensured), container });
    } catch (error) {
      if (signal.aborted) return memory.imageForgotten(container, image);
      const failure = { reason: reasonOf(error), message: describeError(error) };
      memory.imageFailed(container, image, failure);
      for (const event of imageFailureEvents(image, failure)) emit({ ...event, container });
    }
  });
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
