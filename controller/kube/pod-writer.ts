// Writes to pods. Every write carries the pod's UID, so what is meant for one never reaches its namesake; an answer
// that could mean either "another pod" or "a newer version" is settled by looking at the pod.
import type { Pod } from '../../common/pod.ts';
import type { PodPreconditions, PodRef, PodWriteResult, PodWriter } from '../reconcile/pod-writer.ts';
import { ApiError, isStatus } from './api-error.ts';
import type { KubeClient, KubeRequest } from './client.ts';
import { podPath } from './resource-path.ts';

export interface PodWriterOptions {
  readonly client: KubeClient;
  /** All pods it writes to are bound to this node; undefined: to one of several. */
  readonly nodeName: string | undefined;
}

export function createPodWriter({ client, nodeName }: PodWriterOptions): PodWriter {
  const refusalOf = (refused: Refused) => refusal(client, nodeName, refused);
  const patch = async (write: Write): Promise<PodWriteResult> => {
    const { ref, preconditions, body, signal } = write;
    const request: KubeRequest = {
      method: 'PATCH',
      path: podPath(ref, 'status'),
      contentType: 'application/strategic-merge-patch+json',
      body: { ...body, metadata: { ...body.metadata, ...preconditions } },
      signal,
    };
    try {
      return { kind: 'ok', pod: await client.request<Pod>(request) };
    } catch (error) {
      return { kind: await refusalOf({ ref, preconditions, error, signal }) };
    }
  };

  const remove = async (
    how: { readonly gracePeriodSeconds?: number },
    { ref, preconditions, signal }: Omit<Write, 'body'>,
  ): Promise<{ kind: 'deleted' | 'gone' | 'conflict' }> => {
    const body = { ...how, preconditions };
    try {
      await client.request({ method: 'DELETE', path: podPath(ref), body, signal });
      return { kind: 'deleted' };
    } catch (error) {
      return { kind: await refusalOf({ ref, preconditions, error, signal }) };
    }
  };

  return {
    patchStatus: (ref, status, preconditions, signal) =>
      patch({ ref, preconditions, body: { status }, signal }),
    // Through the status as well: whoever may write that needs no further right, and a node has no other way.
    annotate: (ref, annotations, preconditions, signal) =>
      patch({ ref, preconditions, body: { metadata: { annotations } }, signal }),
    delete: (ref, preconditions, signal) => remove({}, { ref, preconditions, signal }),
    async evict(ref, { preconditions, gracePeriodSeconds }, signal) {
      const deleteOptions = {
        preconditions,
        ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
      };
      const { name, namespace } = ref;
      const body = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
        deleteOptions,
      };
      try {
        await client.request({ method: 'POST', path: podPath(ref, 'eviction'), body, signal });
        return { kind: 'evicted' };
      } catch (error) {
        if (error instanceof ApiError && isStatus(error, 429)) return { kind: 'refused', why: error.said };
        const kind = await refusalOf({ ref, preconditions, error, signal });
        return kind === 'gone' ? { kind } : { kind: 'refused', why: 'the pod changed while it was evicted' };
      }
    },
    finalDelete: (ref, preconditions, signal) =>
      remove({ gracePeriodSeconds: 0 }, { ref, preconditions, signal }),
  };
}

interface Write {
  readonly ref: PodRef;
  readonly preconditions: PodPreconditions;
  readonly body: { readonly metadata?: object; readonly status?: object };
  readonly signal: AbortSignal;
}

type Refused = Omit<Write, 'body'> & { readonly error: unknown };

/** What a refused write means; rethrows what is neither about the UID nor about the version. */
async function refusal(
  client: KubeClient,
  nodeName: string | undefined,
  { ref, preconditions, error, signal }: Refused,
): Promise<'gone' | 'conflict'> {
  const status = error instanceof ApiError ? error.statusCode : undefined;
  if (status === 404) return 'gone';
  // 422 as well: a patch with another pod's UID changes an immutable field.
  if (status !== 409 && status !== 422) throw error;
  // A list of one: whoever follows the node's pods may ask for it, and needs no right to get them one by one.
  const { items } = await client.request<{ readonly items: readonly Pod[] }>({
    method: 'GET',
    path: podPath({ namespace: ref.namespace }),
    query: {
      fieldSelector: `metadata.name=${ref.name}${nodeName === undefined ? '' : `,spec.nodeName=${nodeName}`}`,
    },
    signal,
  });
  if (items[0]?.metadata.uid !== preconditions.uid) return 'gone';
  if (status === 409) return 'conflict';
  throw error;
}
