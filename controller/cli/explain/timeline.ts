// A pod's life as one list of moments, oldest first: what the API server, the scheduler, the controller and the agent say
// of it, each thing once. Events tell most; conditions and container statuses tell what events do not, or no longer.
import { PLACED_CONDITION } from '../../../common/names.ts';
import { type ContainerStatus, containerStatuses, type PodStatus } from '../../../common/pod.ts';
import type { ClusterEvent } from '../cluster.ts';

export interface Moment {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Who says it: `scheduler`, `controller`, the agent's name … */
  readonly source: string;
  readonly what: string;
  readonly tone?: 'warn' | 'bad' | 'good';
}

export interface PodLife {
  readonly createdAtMs: number;
  /** 0: it is not being deleted. */
  readonly deletedAtMs: number;
  /** Empty: it has none. */
  readonly agent: string;
  readonly status: PodStatus;
  /** Of the pod. */
  readonly events: readonly ClusterEvent[];
  /** Of its agent. */
  readonly agentEvents: readonly ClusterEvent[];
}

export function timeline(life: PodLife): Moment[] {
  const containers = containerStatuses(life.status);
  // What happened within one second stays in this order: nobody else acts on a pod before it is bound, a container that was
  // there before ended before the events of the present one, and conditions follow from the rest.
  const moments = [
    { atMs: life.createdAtMs, source: 'API server', what: 'created' },
    ...life.events.filter(isOfScheduler).map(eventMoment),
    ...containers.flatMap((container) => containerMoments(container, container.lastState, life)),
    ...life.events.filter((event) => !isOfScheduler(event)).map(eventMoment),
    ...connectionMoments(life),
    ...containers.flatMap((container) => containerMoments(container, container.state, life)),
    ...conditionMoments(life),
    ...(life.deletedAtMs > 0
      ? [
          {
            atMs: life.deletedAtMs,
            source: 'API server',
            what: 'is being deleted; its grace ends',
            tone: 'warn',
          } as const,
        ]
      : []),
  ];
  return moments.filter(({ atMs }) => atMs > 0).sort((a, b) => a.atMs - b.atMs);
}

/** Conditions that events already tell, or that say nothing before the last one. */
const TOLD_OTHERWISE: ReadonlySet<string> = new Set([
  'PodScheduled',
  'PodReadyToStartContainers',
  'ContainersReady',
]);

function conditionMoments({ status, agent, events }: PodLife): Moment[] {
  return (status.conditions ?? []).flatMap(({ type, status: is, reason, message, lastTransitionTime }) => {
    const atMs = Date.parse(lastTransitionTime ?? '') || 0;
    if (type === PLACED_CONDITION) {
      const event = is === 'True' ? 'Placed' : 'FailedPlacement';
      if (events.some((one) => one.reason === event)) return [];
      if (is === 'True') return [{ atMs, source: 'controller', what: `placed on agent ${agent}` }];
      return [{ atMs, source: 'controller', what: `waits for an agent: ${message ?? ''}`, tone: 'warn' }];
    }
    const isTold = type === 'PodScheduled' && events.some(isOfScheduler);
    if (type === 'PodScheduled' && !isTold) {
      if (is === 'True') return [{ atMs, source: 'scheduler', what: 'bound to the node' }];
      return [
        { atMs, source: 'scheduler', what: `${reason ?? 'not bound'}: ${message ?? ''}`, tone: 'warn' },
      ];
    }
    if (TOLD_OTHERWISE.has(type) || (is !== 'True' && is !== 'False')) return [];
    const why = [reason, message].filter(Boolean).join(': ');
    const isGood = (is === 'True') !== (type === 'DisruptionTarget');
    return [
      {
        ...{ atMs, source: 'controller', what: `${type} is ${is}${why ? ` (${why})` : ''}` },
        ...(!isGood && { tone: 'warn' as const }),
      },
    ];
  });
}

function containerMoments(
  { name }: ContainerStatus,
  state: ContainerStatus['state'],
  { agent, events }: PodLife,
): Moment[] {
  const source = agent || 'agent';
  const started = (text: string | undefined): Moment[] => {
    const atMs = Date.parse(text ?? '') || 0;
    const isTold = events.some(
      (event) =>
        event.reason === 'Started' &&
        partOf(event.fieldPath) === name &&
        Math.abs(event.lastMs - atMs) < 3000,
    );
    return atMs === 0 || isTold ? [] : [{ atMs, source, what: `container ${name} started` }];
  };
  const ended = (end: NonNullable<typeof state>['terminated']): Moment[] => {
    if (!end) return [];
    const how = end.signal ? `ended by signal ${end.signal}` : `ended with exit code ${end.exitCode}`;
    const why = end.reason && end.reason !== 'Error' && end.reason !== 'Completed' ? `, ${end.reason}` : '';
    const words = end.message ? `: ${end.message.trim()}` : '';
    return [
      ...started(end.startedAt),
      {
        ...{
          atMs: Date.parse(end.finishedAt ?? '') || 0,
          source,
          what: `container ${name} ${how}${why}${words}`,
        },
        ...(end.exitCode !== 0 && { tone: 'bad' as const }),
      },
    ];
  };
  return [...ended(state?.terminated), ...started(state?.running?.startedAt)];
}

const SCHEDULER = 'default-scheduler';

function isOfScheduler({ component }: ClusterEvent): boolean {
  return component === SCHEDULER;
}

function timesOf({ count, firstMs }: ClusterEvent): string {
  return count > 1 ? ` (${count} times since ${clockTime(firstMs)})` : '';
}

function eventMoment(event: ClusterEvent): Moment {
  const { type, reason, message, lastMs, fieldPath } = event;
  const part = partOf(fieldPath);
  return {
    // The scheduler alone tells fractions of seconds, and would be after what followed it.
    atMs: isOfScheduler(event) ? Math.floor(lastMs / 1000) * 1000 : lastMs,
    source: sourceOf(event),
    what: `${reason}${part ? ` [${part}]` : ''}: ${message}${timesOf(event)}`,
    ...(type === 'Warning' && { tone: 'warn' as const }),
  };
}

/** For a node the controller speaks as its kubelet, and passes on what agents say. */
function sourceOf({ component, agent, saidByAgent }: ClusterEvent): string {
  if (component === SCHEDULER) return 'scheduler';
  if (component !== 'kubelet') return component || 'unknown';
  return saidByAgent ? agent : 'controller';
}

/** Since the pod was made: how its agent came and went. */
function connectionMoments({ agent, agentEvents, createdAtMs }: PodLife): Moment[] {
  return agentEvents
    .filter(({ lastMs, name }) => name === agent && lastMs >= createdAtMs)
    .map((event) => ({
      ...{
        atMs: event.lastMs,
        source: 'controller',
        what: `${event.reason}: ${event.message}${timesOf(event)}`,
      },
      ...(event.type === 'Warning' && { tone: 'warn' as const }),
    }));
}

/** `web` of `spec.containers{web}`. */
export function partOf(fieldPath: string): string {
  return /\{([^}]*)\}$/.exec(fieldPath)?.[1] ?? '';
}

/** `2026-03-01 12:00:00`, UTC. */
export function clockTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
}
