// Makes the claims of pods that have one of their own (`ephemeral.volumeClaimTemplate`). They go with their pod, as all
// that is owned does.
import type { ControllerContext } from '../controllers.ts';
import { at, clone, objectAt, objectsAt, stringAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { lookAgain } from './look-again.ts';

export function makeEphemeralClaims(context: ControllerContext): Disposable {
  const { objects, registry } = context;
  const pods = registry.builtin('pods');
  const claims = registry.builtin('persistentvolumeclaims');

  const make = (pod: KubeObject) => {
    const { name: podName, namespace, uid, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) return;
    for (const volume of objectsAt(pod, 'spec', 'volumes')) {
      const template = objectAt(volume, 'ephemeral', 'volumeClaimTemplate');
      const name = `${podName}-${stringAt(volume, 'name') ?? ''}`;
      if (!template || objects.find({ resource: claims, namespace, name })) continue;
      const owner = { apiVersion: 'v1', kind: 'Pod', name: podName, uid };
      const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];
      const metadata = { ...objectAt(template, 'metadata'), name, namespace, ownerReferences };
      const spec = clone(at(template, 'spec'));
      const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec };
      objects.create({ resource: claims, namespace }, claim, {});
    }
  };
  return lookAgain(context, {
    name: 'ephemeral-claims',
    buckets: ['pods.', 'persistentvolumeclaims.'],
    look: () => {
      for (const pod of objects.list(pods)) make(pod);
    },
  });
}
