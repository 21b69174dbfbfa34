// The table of pods. The STATUS column folds phase, reason, container states and deletion into one word, in the order of
// precedence that kubectl users know.
import { at, numberAt, objectAt, objectsAt, stringAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';
import { sinceTimestamp } from './duration.ts';
import { AGE_COLUMN, ageOf, column, NAME_COLUMN, nameOf, type Printer, wideColumn } from './printer.ts';

export const pods: Printer = {
  columns: [
    NAME_COLUMN,
    column('Ready', 'How many of the containers are ready.'),
    column('Status', 'The state of the containers in one word.'),
    column('Restarts', 'How often containers were restarted, and when last.'),
    AGE_COLUMN,
    wideColumn('IP', "The pod's primary address."),
    wideColumn('Node', 'The node the pod is bound to.'),
    wideColumn('Nominated Node', 'The node that is to be freed for the pod by preemption.'),
    wideColumn('Readiness Gates', 'How many of the extra readiness conditions are true.'),
  ],
  cells: (pod, now) => {
    const summary = summarize(pod);
    return [
      nameOf(pod),
      `${summary.ready}/${summary.total}`,
      summary.reason,
      restartsText(summary.restarts, now),
      ageOf(pod, now),
      stringAt(objectsAt(pod, 'status', 'podIPs')[0], 'ip') || '<none>',
      stringAt(pod, 'spec', 'nodeName') || '<none>',
      stringAt(pod, 'status', 'nominatedNodeName') || '<none>',
      readinessGates(pod),
    ];
  },
  conditions: (pod) => {
    const phase = stringAt(pod, 'status', 'phase');
    if (phase === 'Succeeded') return [completed(phase, 'The pod has completed successfully.')];
    if (phase === 'Failed') return [completed(phase, 'The pod failed.')];
    return [];
  },
};

interface Restarts {
  readonly count: number;
  /** RFC 3339; empty when no container has a last termination. */
  readonly last: string;
}

interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: Restarts;
}

const NO_RESTARTS: Restarts = { count: 0, last: '' };

function summarize(pod: JsonObject): Summary {
  const sidecars = sidecarNames(pod);
  const init = initSummary(pod, sidecars);
  const total = objectsAt(pod, 'spec', 'containers').length + sidecars.size;
  const reason = init.reason ?? baseReason(pod);
  if (init.reason !== undefined && !hasCondition(pod, 'Initialized')) {
    return { ready: init.ready, total, reason: whenDeleted(pod, reason), restarts: init.restarts };
  }
  const main = mainSummary(pod, reason);
  return {
    ready: init.ready + main.ready,
    total,
    reason: whenDeleted(pod, main.reason),
    restarts: addRestarts(init.sidecarRestarts, main.restarts),
  };
}

function baseReason(pod: JsonObject): string {
  const gated = objectsAt(pod, 'status', 'conditions').some(
    (condition) => condition['type'] === 'PodScheduled' && condition['reason'] === 'SchedulingGated',
  );
  if (gated) return 'SchedulingGated';
  return stringAt(pod, 'status', 'reason') || (stringAt(pod, 'status', 'phase') ?? '');
}

interface InitSummary {
  readonly ready: number;
  /** `Init:…` while initialization is under way or has failed. */
  readonly reason: string | undefined;
  readonly restarts: Restarts;
  readonly sidecarRestarts: Restarts;
}

/** Stops at the first init container that is neither done nor a started sidecar. */
function initSummary(pod: JsonObject, sidecars: ReadonlySet<string>): InitSummary {
  const statuses = objectsAt(pod, 'status', 'initContainerStatuses');
  let ready = 0;
  let restarts = NO_RESTARTS;
  let sidecarRestarts = NO_RESTARTS;
  for (const [index, status] of statuses.entries()) {
    const isSidecar = sidecars.has(stringAt(status, 'name') ?? '');
    restarts = addRestarts(restarts, restartsOf(status));
    if (isSidecar) sidecarRestarts = addRestarts(sidecarRestarts, restartsOf(status));
    const terminated = objectAt(status, 'state', 'terminated');
    if (terminated && (terminated['exitCode'] ?? 0) === 0) continue;
    if (isSidecar && status['started'] === true) {
      if (status['ready'] === true) ready++;
      continue;
    }
    const count = objectsAt(pod, 'spec', 'initContainers').length;
    return { ready, reason: `Init:${initReason(status, `${index}/${count}`)}`, restarts, sidecarRestarts };
  }
  return { ready, reason: undefined, restarts, sidecarRestarts };
}

function initReason(status: JsonObject, progress: string): string {
  const terminated = objectAt(status, 'state', 'terminated');
  if (terminated) return terminatedReason(terminated);
  const waiting = stringAt(status, 'state', 'waiting', 'reason') ?? '';
  return waiting !== '' && waiting !== 'PodInitializing' ? waiting : progress;
}

function mainSummary(pod: JsonObject, initial: string): Omit<Summary, 'total'> {
  let reason = initial;
  let ready = 0;
  let hasRunning = false;
  let restarts = NO_RESTARTS;
  // From the last to the first: the first container's word is the one that stays.
  for (const status of objectsAt(pod, 'status', 'containerStatuses').toReversed()) {
    restarts = addRestarts(restarts, restartsOf(status));
    const waiting = stringAt(status, 'state', 'waiting', 'reason') ?? '';
    const terminated = objectAt(status, 'state', 'terminated');
    if (waiting !== '') reason = waiting;
    else if (terminated) reason = terminatedReason(terminated);
    else if (status['ready'] === true && objectAt(status, 'state', 'running')) {
      hasRunning = true;
      ready++;
    }
  }
  if (reason === 'Completed' && hasRunning) reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  return { ready, reason, restarts };
}

function terminatedReason(terminated: JsonObject): string {
  const reason = stringAt(terminated, 'reason') ?? '';
  if (reason !== '') return reason;
  const signal = numberAt(terminated, 'signal') ?? 0;
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberAt(terminated, 'exitCode') ?? 0}`;
}

function whenDeleted(pod: JsonObject, reason: string): string {
  if (at(pod, 'metadata', 'deletionTimestamp') === undefined) return reason;
  if (stringAt(pod, 'status', 'reason') === 'NodeLost') return 'Unknown';
  const phase = stringAt(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed' ? reason : 'Terminating';
}

function restartsOf(status: JsonObject): Restarts {
  return {
    count: numberAt(status, 'restartCount') ?? 0,
    last: stringAt(status, 'lastState', 'terminated', 'finishedAt') ?? '',
  };
}

function addRestarts(a: Restarts, b: Restarts): Restarts {
  const isLater = b.last !== '' && (a.last === '' || Date.parse(b.last) > Date.parse(a.last));
  return { count: a.count + b.count, last: isLater ? b.last : a.last };
}

function restartsText({ count, last }: Restarts, now: number): string {
  return count !== 0 && last !== '' ? `${count} (${sinceTimestamp(last, now)} ago)` : `${count}`;
}

function sidecarNames(pod: JsonObject): ReadonlySet<string> {
  const sidecars = objectsAt(pod, 'spec', 'initContainers').filter((c) => c['restartPolicy'] === 'Always');
  return new Set(sidecars.map((container) => stringAt(container, 'name') ?? ''));
}

function hasCondition(pod: JsonObject, type: string): boolean {
  return conditionStatus(pod, type) === 'True';
}

function conditionStatus(pod: JsonObject, type: unknown): string | undefined {
  const condition = objectsAt(pod, 'status', 'conditions').find((candidate) => candidate['type'] === type);
  return stringAt(condition, 'status');
}

function readinessGates(pod: JsonObject): string {
  const gates = objectsAt(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) => conditionStatus(pod, gate['conditionType']) === 'True');
  return `${met.length}/${gates.length}`;
}

function completed(reason: string, message: string): JsonObject {
  return { type: 'Completed', status: 'True', reason, message };
}
