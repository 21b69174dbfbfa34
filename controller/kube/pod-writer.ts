// Writes to pods. Every write carries the pod's UID, so what is meant for one never reaches its namesake; an answer
// that could mean either "another pod" or "a newer version" is settled by looking at the pod.
import type { Pod } from '../../common/pod.ts';
import type { PodPreconditions, PodRef, PodWriteResult, PodWriter } from '../reconcile/pod-writer.ts';
import { ApiError, isStatus } from './api-error.ts';
import type { KubeClient, KubeRequest } from './client.ts';
import { podPath } from './resource-path.ts';

export function createPodWriter(client: KubeClient): PodWriter {
  const patch = async (write: Write): Promise<PodWriteResult> => {
    const { ref, preconditions, subresource, body, signal } = write;
    const request: KubeRequest = {
      method: 'PATCH',
      path: podPath(ref, subresource),
      contentType: 'application/strategic-merge-patch+json',
      body: { ...body, metadata: { ...body.metadata, ...preconditions } },
      signal,
    };
    try {
      return { kind: 'ok', pod: await client.request<Pod>(request) };
    } catch (error) {
      return { kind: await refusal(client, { ref, preconditions, error, signal }) };
    }
  };

  return {
    patchStatus: (ref, status, preconditions, signal) =>
      patch({ ref, preconditions, subresource: 'status', body: { status }, signal }),
    annotate: (ref, annotations, preconditions, signal) =>
      patch({ ref, preconditions, body: { metadata: { annotations } }, signal }),
    async finalDelete(ref, preconditions, signal) {
      const body = { gracePeriodSeconds: 0, preconditions };
      try {
        await client.request({ method: 'DELETE', path: podPath(ref), body, signal });
        return { kind: 'deleted' };
      } catch (error) {
        return { kind: await refusal(client, { ref, preconditions, error, signal }) };
      }
    },
  };
}

interface Write {
  readonly ref: PodRef;
  readonly preconditions: PodPreconditions;
  readonly subresource?: string;
  readonly body: { readonly metadata?: object; readonly status?: object };
  readonly signal: AbortSignal;
}

/** What a refused write means; rethrows what is neither about the UID nor about the version. */
async function refusal(
  client: KubeClient,
  { ref, preconditions, error, signal }: Omit<Write, 'body'> & { readonly error: unknown },
): Promise<'gone' | 'conflict'> {
  const status = error instanceof ApiError ? error.statusCode : undefined;
  if (status === 404) return 'gone';
  // 422 as well: a patch with another pod's UID changes an immutable field.
  if (status !== 409 && status !== 422) throw error;
  const uid = await currentUid(client, ref, signal);
  if (uid !== preconditions.uid) return 'gone';
  if (status === 409) return 'conflict';
  throw error;
}

async function currentUid(client: KubeClient, ref: PodRef, signal: AbortSignal): Promise<string | undefined> {
  try {
    const pod = await client.request<Pod>({ method: 'GET', path: podPath(ref), signal });
    return pod.metadata.uid;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
