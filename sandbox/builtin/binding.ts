// The scheduler's decision: a pod gets its node once.
import { conflict } from './api-error.ts';
import { ensureObject, objectsAt, stringAt } from './json.ts';
import { timestamp } from './kube-object.ts';
import type { Objects, Target } from './objects.ts';
import type { JsonObject } from './resource.ts';

export interface Bind {
  readonly node: string;
  readonly annotations?: JsonObject;
  readonly uid?: string;
  readonly dryRun?: boolean;
}

export function bindPod(objects: Objects, pod: Target, bind: Bind): void {
  const { node, annotations = {}, uid, dryRun = false } = bind;
  const current = objects.get(pod);
  const refuse = (why: string) => conflict({ group: '', plural: 'pods/binding' }, pod.name, why);
  if (uid !== undefined && uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    throw conflict(pod.resource, pod.name, why);
  }
  if (current.metadata.deletionTimestamp !== undefined) {
    throw refuse(`pod ${pod.name} is being deleted, cannot be assigned to a host`);
  }
  const already = stringAt(current, 'spec', 'nodeName') ?? '';
  if (already !== '') throw refuse(`pod ${pod.name} is already assigned to node "${already}"`);
  if (objectsAt(current, 'spec', 'schedulingGates').length > 0) {
    throw refuse(`pod ${pod.name} has non-empty .spec.schedulingGates`);
  }
  const condition = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(objects.clock.now()),
  };
  objects.change(pod, { dryRun }, (next) => {
    ensureObject(next, 'spec')['nodeName'] = node;
    Object.assign(ensureObject(next.metadata, 'annotations'), annotations);
    const status = ensureObject(next, 'status');
    const others = objectsAt(status, 'conditions').filter((item) => item['type'] !== condition.type);
    status['conditions'] = [...others, condition];
  });
}
