// Follows one PersistentVolumeClaim by its name until it is bound, which it is for good then. It is asked for now and
// then, as kubelets do: a node's credential may read claims one by one, but neither list nor watch them.
import { type Backoff, backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { ClaimReference } from '../../common/pod-references.ts';
import {
  claimState,
  type PersistentVolumeClaim,
  type PersistentVolumeObject,
  wantedVolume,
} from '../model/claim-state.ts';
import type { ObjectState } from '../reconcile/object-source.ts';
import { ApiError, isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { corePath, persistentVolumePath } from './resource-path.ts';

const PACE = { initialMs: 1000, maxMs: 10_000, jitter: 0.3 };
/** Right after a pod is bound a node's credential may not reach its objects yet. */
const PATIENT_FAILURES = 5;

/** Resolves when the signal aborts or the claim is bound. */
export async function followClaim(
  client: KubeClient,
  what: { readonly reference: ClaimReference; readonly tell: (state: ObjectState) => void },
  tools: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const { namespace, name } = what.reference;
  const { clock, log, signal } = tools;
  let told = '';
  let failures = 0;
  const tell = (state: ObjectState) => {
    const text = JSON.stringify(state);
    if (text !== told && !signal.aborted) what.tell(state);
    told = text;
  };
  for (let pace: Backoff = backoff(PACE); !signal.aborted; pace = pace.next()) {
    try {
      const answer = await readClaim(client, what.reference, signal);
      failures = 0;
      tell(answer.state);
      if (answer.isFinal) return;
    } catch (error) {
      if (signal.aborted) return;
      if (++failures === PATIENT_FAILURES) {
        const reason = describeError(error);
        tell({ kind: 'unknown', reason });
        if (error instanceof ApiError && error.statusCode !== undefined) {
          const kind = what.reference.kind;
          log.warn({ kind, namespace, name, reason }, 'cannot read what a pod refers to; trying again');
        }
      }
    }
    await clock.sleep(pace.delayMs, signal).catch(() => undefined);
  }
}

async function readClaim(
  client: KubeClient,
  { kind, namespace, name }: ClaimReference,
  signal: AbortSignal,
): Promise<{ readonly state: ObjectState; readonly isFinal: boolean }> {
  const path = corePath({ namespace, resource: kind, name });
  const claim = await read<PersistentVolumeClaim>(client, path, signal);
  if (!claim) return { state: { kind: 'absent' }, isFinal: false };
  const wanted = wantedVolume(claim);
  const volume = wanted
    ? await read<PersistentVolumeObject>(client, persistentVolumePath(wanted), signal)
    : undefined;
  const state = claimState(claim, volume);
  const versions = [claim, volume].map((object) => object?.metadata?.resourceVersion ?? '');
  const revision = [claim.metadata?.uid ?? '', ...versions].join('/');
  return {
    state: { kind: 'found', revision, json: JSON.stringify(state) },
    isFinal: state.kind === 'bound',
  };
}

/** Undefined when there is none. */
async function read<T>(client: KubeClient, path: string, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await client.request<T>({ method: 'GET', path, signal });
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
