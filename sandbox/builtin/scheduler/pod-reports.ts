// What the scheduler tells about a pod: its events and its PodScheduled condition.
import { at, objectsAt, stringAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';

const COMPONENT = 'default-scheduler';

export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: 'Scheduled' | 'FailedScheduling';
  readonly message: string;
}

/** `suffix` makes the event's name its own; `now` is Unix milliseconds. */
export function eventFor(
  pod: JsonObject,
  event: PodEvent,
  { now, suffix }: { readonly now: number; readonly suffix: string },
): JsonObject {
  const timestamp = timestampOf(now);
  const metadata = {
    name: `${stringAt(pod, 'metadata', 'name') ?? ''}.${suffix}`,
    namespace: namespaceOf(pod),
  };
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata,
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: namespaceOf(pod),
      name: at(pod, 'metadata', 'name'),
      uid: at(pod, 'metadata', 'uid'),
      resourceVersion: at(pod, 'metadata', 'resourceVersion'),
    },
    ...event,
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: '',
    firstTimestamp: timestamp,
    lastTimestamp: timestamp,
    count: 1,
  };
}

/** The status patch that says why the pod waits; undefined when its status says so already. */
export function unschedulablePatch(pod: JsonObject, message: string, now: number): JsonObject | undefined {
  const current = objectsAt(pod, 'status', 'conditions').find(
    (condition) => condition['type'] === 'PodScheduled',
  );
  const wasFalse = current?.['status'] === 'False';
  if (wasFalse && current['reason'] === 'Unschedulable' && current['message'] === message) return undefined;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    observedGeneration: at(pod, 'metadata', 'generation'),
    lastProbeTime: null,
    ...(!wasFalse && { lastTransitionTime: timestampOf(now) }),
  };
  return { metadata: { uid: at(pod, 'metadata', 'uid') }, status: { conditions: [condition] } };
}

export function namespaceOf(pod: JsonObject): string {
  return stringAt(pod, 'metadata', 'namespace') || 'default';
}

function timestampOf(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}
