// Taints that keep a pod off a node, and those that only make the node a worse choice.
import { objectAt, objectsAt, stringAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';

/** The first NoSchedule or NoExecute taint that the pod does not tolerate. */
export function untoleratedTaint(pod: JsonObject, node: JsonObject): JsonObject | undefined {
  return untolerated(pod, node, ['NoSchedule', 'NoExecute'])[0];
}

export function avoidedTaints(pod: JsonObject, node: JsonObject): number {
  return untolerated(pod, node, ['PreferNoSchedule']).length;
}

/** A cordoned node takes only pods that tolerate being there, as daemons do. */
export function isCordonedFor(pod: JsonObject, node: JsonObject): boolean {
  if (objectAt(node, 'spec')?.['unschedulable'] !== true) return false;
  const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  return !objectsAt(pod, 'spec', 'tolerations').some((toleration) => tolerates(toleration, taint));
}

function untolerated(pod: JsonObject, node: JsonObject, effects: readonly string[]): JsonObject[] {
  const tolerations = objectsAt(pod, 'spec', 'tolerations');
  return objectsAt(node, 'spec', 'taints')
    .filter((taint) => effects.includes(stringAt(taint, 'effect') ?? ''))
    .filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
}

function tolerates(toleration: JsonObject, taint: JsonObject): boolean {
  const text = (object: JsonObject, field: string) => stringAt(object, field) ?? '';
  const effect = text(toleration, 'effect');
  if (effect !== '' && effect !== text(taint, 'effect')) return false;
  const key = text(toleration, 'key');
  if (key !== '' && key !== text(taint, 'key')) return false;
  switch (text(toleration, 'operator')) {
    case 'Exists':
      return true;
    case '':
    case 'Equal':
      return text(toleration, 'value') === text(taint, 'value');
    default:
      return false;
  }
}
