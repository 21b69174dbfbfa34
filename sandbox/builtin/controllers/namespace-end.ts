// Empties namespaces that are being deleted, pods first and gracefully, and removes them once nothing is left in them.
import type { ControllerContext } from '../controllers.ts';
import type { ResourceDefinition } from '../resource.ts';
import { bucketOf } from '../storage.ts';

export function endNamespaces({ objects, registry }: ControllerContext): Disposable {
  const { storage } = objects;
  // Any deletion may be the last thing a namespace waited for; new kinds come and go, so this looks at intervals too.
  const look = () => {
    for (const namespace of storage.list('namespaces.')) {
      if (namespace.metadata.deletionTimestamp === undefined) continue;
      const { name } = namespace.metadata;
      if (!empty(name) || (namespace.metadata.finalizers ?? []).length > 0) continue;
      objects.removeNow({ resource: registry.builtin('namespaces'), name });
    }
  };
  const empty = (namespace: string): boolean => {
    const kinds = registry.resources.filter(
      ({ namespaced, verbs, group }) => namespaced && verbs === undefined && group !== 'events.k8s.io',
    );
    // What pods use stays until they are gone.
    return emptied(namespace, [registry.builtin('pods')]) && emptied(namespace, kinds);
  };
  const emptied = (namespace: string, kinds: readonly ResourceDefinition[]): boolean => {
    let left = 0;
    for (const resource of kinds) {
      for (const object of storage.list(bucketOf(resource), namespace)) {
        if (object.metadata.deletionTimestamp !== undefined) left++;
        else if (!objects.delete({ resource, namespace, name: object.metadata.name }).gone) left++;
      }
    }
    return left === 0;
  };
  const timer = setInterval(look, 500);
  timer.unref();
  const subscription = storage.subscribe('namespaces.', (event) => {
    if (event.object.metadata.deletionTimestamp !== undefined && event.type === 'MODIFIED')
      setImmediate(look);
  });
  const pods = storage.subscribe('pods.', (event) => {
    if (event.type === 'DELETED') setImmediate(look);
  });
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      subscription[Symbol.dispose]();
      pods[Symbol.dispose]();
    },
  };
}
