// The scheduler's decision: a pod gets its node once.
import { conflict, invalid, required } from './api-error.ts';
import { ensureObject, objectsAt, stringAt } from './json.ts';
import { timestamp } from './kube-object.ts';
import type { Objects, Target } from './objects.ts';

export interface Bind {
  readonly node: string;
  readonly uid?: string;
  readonly dryRun?: boolean;
}

export function bindPod(objects: Objects, pod: Target, { node, uid, dryRun = false }: Bind): void {
  if (node === '') throw invalid({ group: '', kind: 'Binding' }, pod.name, [required('target.name')]);
  const current = objects.get(pod);
  const refuse = (why: string) => conflict({ group: '', plural: 'pods/binding' }, pod.name, why);
  if (uid !== undefined && uid !== current.metadata.uid) {
    throw refuse(
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
    );
  }
  if (current.metadata.deletionTimestamp !== undefined) {
    throw refuse(`pod ${pod.name} is being deleted, cannot be assigned to a host`);
  }
  const already = stringAt(current, 'spec', 'nodeName') ?? '';
  if (already !== '') throw refuse(`pod ${pod.name} is already assigned to node "${already}"`);
  const condition = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(objects.clock.now()),
  };
  objects.change(pod, { dryRun }, (next) => {
    ensureObject(next, 'spec')['nodeName'] = node;
    const status = ensureObject(next, 'status');
    const others = objectsAt(status, 'conditions').filter((item) => item['type'] !== condition.type);
    status['conditions'] = [...others, condition];
  });
}
