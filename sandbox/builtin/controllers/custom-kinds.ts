// Serves what CustomResourceDefinitions define, from the very write that creates one; when one is deleted its objects go
// with it.
import type { ControllerContext } from '../controllers.ts';
import { bucketOf, keyOf } from '../storage.ts';

export function keepCustomKinds({ objects, registry }: ControllerContext): Disposable {
  const { storage } = objects;
  return storage.subscribe('customresourcedefinitions.apiextensions.k8s.io', (event) => {
    const { name } = event.object.metadata;
    if (event.type !== 'DELETED') {
      registry.setCustom(event.object);
      return;
    }
    for (const resource of registry.custom(name)) {
      for (const object of storage.list(bucketOf(resource)))
        storage.remove(bucketOf(resource), keyOf(object));
    }
    registry.removeCustom(name);
  });
}
