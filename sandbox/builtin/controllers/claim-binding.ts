// Binds claims to volumes that are there: the one they name or that names them, else the smallest that will do. None is
// made: there is no provisioner. A volume whose claim is gone is `Released`.
import { parseQuantity } from '../../../common/quantity.ts';
import type { ControllerContext } from '../controllers.ts';
import { at, ensureObject, objectAt, stringAt, stringsAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { lookAgain } from './look-again.ts';

export function bindClaims(context: ControllerContext): Disposable {
  const { objects, registry } = context;
  const claims = registry.builtin('persistentvolumeclaims');
  const volumes = registry.builtin('persistentvolumes');

  const bind = (claim: KubeObject, volume: KubeObject) => {
    const { namespace, name, uid } = claim.metadata;
    const bound = objects.change({ resource: volumes, name: volume.metadata.name }, {}, (next) => {
      const reference = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid };
      ensureObject(next, 'spec')['claimRef'] = reference;
      next['status'] = { ...objectAt(next, 'status'), phase: 'Bound' };
    });
    objects.change({ resource: claims, namespace, name }, {}, (next) => {
      ensureObject(next, 'spec')['volumeName'] = bound.metadata.name;
      const { accessModes, capacity } = objectAt(bound, 'spec') ?? {};
      next['status'] = { ...objectAt(next, 'status'), phase: 'Bound', accessModes, capacity };
    });
  };
  const setPhase = ({ metadata: { name } }: KubeObject, phase: string) =>
    objects.change({ resource: volumes, name }, {}, (next) => {
      next['status'] = { ...objectAt(next, 'status'), phase };
    });

  const look = () => {
    for (const claim of objects.list(claims)) {
      if (stringAt(claim, 'status', 'phase') === 'Bound') continue;
      const fitting = objects.list(volumes).filter((volume) => fits(volume, claim));
      const [best] = fitting.toSorted((a, b) => Number(sizeOf(a) - sizeOf(b)));
      if (best) bind(claim, best);
    }
    const uids = new Set(objects.list(claims).map(({ metadata }) => metadata.uid));
    for (const volume of objects.list(volumes)) {
      const uid = stringAt(volume, 'spec', 'claimRef', 'uid');
      if (uid === undefined) setPhase(volume, 'Available');
      else if (!uids.has(uid)) setPhase(volume, 'Released');
    }
  };
  return lookAgain(context, {
    name: 'claim-binding',
    buckets: ['persistentvolumeclaims.', 'persistentvolumes.'],
    look,
  });
}

function fits(volume: KubeObject, claim: KubeObject): boolean {
  const { namespace, name, uid } = claim.metadata;
  const reference = objectAt(volume, 'spec', 'claimRef');
  if (reference) {
    const { uid: boundTo = uid } = reference;
    return reference['namespace'] === namespace && reference['name'] === name && boundTo === uid;
  }
  const wanted = stringAt(claim, 'spec', 'volumeName');
  if (wanted) return wanted === volume.metadata.name;
  const modes = stringsAt(volume, 'spec', 'accessModes');
  return (
    (stringAt(volume, 'spec', 'storageClassName') ?? '') ===
      (stringAt(claim, 'spec', 'storageClassName') ?? '') &&
    (stringAt(volume, 'spec', 'volumeMode') ?? 'Filesystem') === stringAt(claim, 'spec', 'volumeMode') &&
    stringsAt(claim, 'spec', 'accessModes').every((mode) => modes.includes(mode)) &&
    amount(at(claim, 'spec', 'resources', 'requests', 'storage')) <= sizeOf(volume)
  );
}

function sizeOf(volume: KubeObject): bigint {
  return amount(at(volume, 'spec', 'capacity', 'storage'));
}

function amount(quantity: unknown): bigint {
  return (typeof quantity === 'string' ? parseQuantity(quantity) : undefined) ?? 0n;
}
