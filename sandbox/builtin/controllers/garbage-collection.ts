// Deletes objects whose owners are all gone, and finishes foreground deletions once their dependents are.
import type { ControllerContext } from '../controllers.ts';
import type { KubeObject } from '../kube-object.ts';
import { groupVersionOf } from '../resource.ts';
import { bucketOf } from '../storage.ts';
import { lookAgain } from './look-again.ts';

const FOREGROUND = 'foregroundDeletion';
const EVERY_MS = 2000;

export function collectGarbage(context: ControllerContext): Disposable {
  const { objects, registry } = context;
  const look = () => {
    const all = registry.resources
      .filter((resource) => resource.verbs === undefined && resource.group !== 'events.k8s.io')
      .flatMap((resource) => objects.list(resource).map((object) => ({ resource, object })));
    const uids = new Set(all.map(({ object }) => object.metadata.uid));
    for (const { resource, object } of all) {
      const { namespace, name, finalizers = [], deletionTimestamp } = object.metadata;
      const where = { resource, namespace, name };
      if (deletionTimestamp !== undefined && finalizers.includes(FOREGROUND)) {
        const dependents = all.filter((other) => owns(object, other.object));
        for (const { resource: kind, object: dependent } of dependents) {
          if (dependent.metadata.deletionTimestamp !== undefined) continue;
          const { namespace: within, name: called } = dependent.metadata;
          if (objects.find({ resource: kind, namespace: within, name: called })) {
            objects.delete({ resource: kind, namespace: within, name: called });
          }
        }
        if (dependents.length === 0) {
          objects.update(where, (current) => ({
            ...current,
            metadata: { ...current.metadata, finalizers: finalizers.filter((item) => item !== FOREGROUND) },
          }));
        }
      } else if (deletionTimestamp === undefined && isOrphan(object, uids, context) && objects.find(where)) {
        objects.delete(where, { uid: object.metadata.uid });
      }
    }
  };
  return lookAgain(context, { name: 'garbage-collection', buckets: [], everyMs: EVERY_MS, look });
}

function owns(owner: KubeObject, object: KubeObject): boolean {
  return object.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid) ?? false;
}

/** Owners of kinds that are not served here cannot be looked for, and keep their dependents. */
function isOrphan(object: KubeObject, uids: ReadonlySet<string>, { registry }: ControllerContext): boolean {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0) return false;
  return owners.every((owner) => {
    const known = registry.byKind(owner.apiVersion, owner.kind);
    return (
      known !== undefined && groupVersionOf(known) !== '' && bucketOf(known) !== '' && !uids.has(owner.uid)
    );
  });
}
