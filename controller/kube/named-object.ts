// Follows one ConfigMap, Secret or RuntimeClass by its name. One that says it never changes is read once and not watched on.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { Reference } from '../../common/pod-references.ts';
import type { ObjectState } from '../reconcile/object-source.ts';
import { ApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { createReflector } from './reflector.ts';
import { corePath, RUNTIME_CLASSES } from './resource-path.ts';
import type { KubeObject } from './watch.ts';

type NamedReference = Extract<Reference, { kind: 'configmaps' | 'secrets' | 'runtimeclasses' }>;

interface NamedObject extends KubeObject {
  readonly type?: string;
  readonly data?: unknown;
  readonly binaryData?: unknown;
  readonly handler?: unknown;
  readonly immutable?: boolean;
}

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
/** Right after a pod is bound a node's credential may not reach its objects yet. */
const PATIENT_FAILURES = 5;

/** Resolves when the signal aborts or the object is known for good; rejects for a defect of ours only. */
export async function followNamed(
  client: KubeClient,
  what: { readonly reference: NamedReference; readonly tell: (state: ObjectState) => void },
  tools: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const { kind, name } = what.reference;
  const { clock, log, signal } = tools;
  // Pods may name what no object can be called.
  if (!NAME.test(name)) return what.tell({ kind: 'absent' });
  const settled = new AbortController();
  let known: Extract<ObjectState, { kind: 'found' }> | undefined;
  let failures = 0;

  const changed = (object: NamedObject) => {
    const json = JSON.stringify(contentOf(kind, object));
    // Much is written to objects that no pod sees: then its revision stays.
    if (known?.json !== json) {
      const { uid, resourceVersion = '' } = object.metadata;
      known = { kind: 'found', revision: `${uid}/${resourceVersion}`, json };
      what.tell(known);
    }
    if (object.immutable === true) settled.abort();
  };
  const missing = () => {
    known = undefined;
    what.tell({ kind: 'absent' });
  };
  const reflector = createReflector<NamedObject>(
    {
      client,
      path: collectionPath(what.reference),
      fieldSelector: `metadata.name=${name}`,
      observer: {
        changed,
        vanished: missing,
        synced: () => {
          if (!known) missing();
        },
      },
      failed(error) {
        if (reflector.isSynced || ++failures !== PATIENT_FAILURES) return;
        const reason = describeError(error);
        what.tell({ kind: 'unknown', reason });
        if (error instanceof ApiError && error.statusCode !== undefined) {
          log.warn({ ...what.reference, reason }, 'cannot read what a pod refers to; trying again');
        }
      },
    },
    // Whoever follows the pods says when the API server is away; a thousand objects need not.
    { clock, log: log.child({}, { level: 'error' }) },
  );
  await reflector.run(AbortSignal.any([signal, settled.signal]));
}

function collectionPath(reference: NamedReference): string {
  if (reference.kind === 'runtimeclasses') return RUNTIME_CLASSES;
  return corePath({ namespace: reference.namespace, resource: reference.kind });
}

function contentOf(kind: NamedReference['kind'], object: NamedObject): unknown {
  const { type, data, binaryData, handler } = object;
  switch (kind) {
    case 'secrets':
      return { type, data };
    case 'configmaps':
      return { data, binaryData };
    case 'runtimeclasses':
      return handler;
    default:
      return kind satisfies never;
  }
}
