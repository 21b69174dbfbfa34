// Deletes objects whose owners are all gone, takes owners that are gone out of the references to them, and finishes
// deletions that wait for dependents: foreground ones once there are none, orphaning ones once nobody refers to them.
import type { ControllerContext } from '../controllers.ts';
import type { KubeObject } from '../kube-object.ts';
import { FOREGROUND, ORPHAN, type Target } from '../objects.ts';
import type { ResourceDefinition } from '../resource.ts';
import { lookAgain } from './look-again.ts';

const EVERY_MS = 500;

interface Stored {
  readonly resource: ResourceDefinition;
  readonly object: KubeObject;
}

export function collectGarbage(context: ControllerContext): Disposable {
  const { objects, registry } = context;
  let seenRevision = -1;
  const look = () => {
    if (objects.storage.revision === seenRevision) return;
    seenRevision = objects.storage.revision;
    const all = registry.resources
      .filter((resource) => resource.verbs === undefined && resource.group !== 'events.k8s.io')
      .flatMap((resource) => objects.list(resource).map((object): Stored => ({ resource, object })));
    const uids = new Set(all.map(({ object }) => object.metadata.uid));
    for (const { object } of all) finishDeletion(context, object, all);
    for (const stored of all) collect(context, stored, uids);
  };
  return lookAgain(context, { name: 'garbage-collection', buckets: [], everyMs: EVERY_MS, look });
}

function finishDeletion(context: ControllerContext, owner: KubeObject, all: readonly Stored[]): void {
  const { objects } = context;
  const { deletionTimestamp, finalizers = [], uid } = owner.metadata;
  const waits = finalizers.find((finalizer) => finalizer === FOREGROUND || finalizer === ORPHAN);
  if (deletionTimestamp === undefined || waits === undefined) return;
  const dependents = all.filter(({ object }) =>
    object.metadata.ownerReferences?.some((reference) => reference.uid === uid),
  );
  if (waits === ORPHAN) {
    for (const dependent of dependents) dropOwners(context, dependent, (reference) => reference === uid);
  } else {
    for (const dependent of dependents) {
      const where = targetOf(dependent);
      if (dependent.object.metadata.deletionTimestamp === undefined && objects.find(where)) {
        objects.delete(where);
      }
    }
    if (dependents.length > 0) return;
  }
  const own = all.find(({ object }) => object.metadata.uid === uid);
  if (own && objects.find(targetOf(own))) {
    objects.update(targetOf(own), (current) => ({
      ...current,
      metadata: { ...current.metadata, finalizers: finalizers.filter((item) => item !== waits) },
    }));
  }
}

/** Owners of kinds that are not served here cannot be looked for, and count as being there. */
function collect(context: ControllerContext, stored: Stored, uids: ReadonlySet<string>): void {
  const { objects, registry } = context;
  const { ownerReferences: owners = [], deletionTimestamp, uid } = stored.object.metadata;
  const where = targetOf(stored);
  if (deletionTimestamp !== undefined || owners.length === 0 || !objects.find(where)) return;
  const gone = owners.filter(
    (owner) => registry.byKind(owner.apiVersion, owner.kind) !== undefined && !uids.has(owner.uid),
  );
  if (gone.length === owners.length) objects.delete(where, { uid });
  else if (gone.length > 0) {
    dropOwners(context, stored, (reference) => gone.some((owner) => owner.uid === reference));
  }
}

function dropOwners(
  { objects }: ControllerContext,
  stored: Stored,
  isDropped: (uid: string) => boolean,
): void {
  const where = targetOf(stored);
  if (!objects.find(where)) return;
  objects.change(where, {}, ({ metadata }) => {
    metadata.ownerReferences = (metadata.ownerReferences ?? []).filter((owner) => !isDropped(owner.uid));
  });
}

function targetOf({ resource, object }: Stored): Target {
  return { resource, namespace: object.metadata.namespace, name: object.metadata.name };
}
