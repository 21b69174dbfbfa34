// What agents measure of themselves. The controller knows every one of these and takes no others, so an agent can neither
// name nor label anything as it likes; the label `agent` is put on by the controller.
import { counter, gauge, histogram, type MetricDefinition } from './metrics/family.ts';

export const DOCKER_CALLS = counter(
  'longshore_agent_docker_calls_total',
  'Calls of the agent to its Docker, by how they ended: ok, refused by Docker, or failed without an answer.',
  ['operation', 'result'],
);
export const DOCKER_DURATION = histogram(
  'longshore_agent_docker_call_duration_seconds',
  'How long Docker took to answer; of a stream, until it began.',
);
export const PULLS = counter('longshore_agent_image_pulls_total', 'Images that the agent had Docker pull.', [
  'result',
]);
export const PULL_SECONDS = counter(
  'longshore_agent_image_pull_seconds_total',
  'How long pulls took together, waiting for other pulls excepted.',
);
export const CONTAINERS_CREATED = counter(
  'longshore_agent_containers_created_total',
  'Containers that the agent made: the sandbox of a pod, the first of a container, or one more (restart).',
  ['kind'],
);
export const PROBES = counter('longshore_agent_probes_total', 'Probes that the agent made.', [
  'probe',
  'result',
]);
export const SESSIONS = counter(
  'longshore_agent_sessions_total',
  'Sessions with a controller since the agent began: the first, and every reconnect.',
);
export const SESSION_FAILURES = counter(
  'longshore_agent_session_failures_total',
  'Why sessions ended or did not come about.',
  ['code'],
);
export const STATE_BYTES = gauge(
  'longshore_agent_state_folder_bytes',
  'Size of the state folder, volumes excepted.',
);
export const WAITING_EVENTS = gauge(
  'longshore_agent_waiting_events',
  'Events of pods that the controller has not taken yet.',
);
export const LOST_EVENTS = counter(
  'longshore_agent_lost_events_total',
  'Events of pods that were given up because too many waited.',
);
export const WAITING_MESSAGES = gauge(
  'longshore_agent_waiting_messages',
  'Messages to the controller that are not sent yet.',
);
export const RESIDENT = gauge(
  'longshore_agent_resident_memory_bytes',
  'Memory that the agent’s process holds.',
);
export const CPU = counter('longshore_agent_cpu_seconds_total', 'CPU time of the agent’s process.');
export const STARTED = gauge('longshore_agent_start_time_seconds', 'When the agent began, Unix seconds.');
export const LAG = gauge(
  'longshore_agent_eventloop_lag_max_seconds',
  'By how much the agent’s event loop was late at most since it was last asked.',
);

export const AGENT_METRICS: readonly MetricDefinition[] = [
  ...[DOCKER_CALLS, DOCKER_DURATION, PULLS, PULL_SECONDS, CONTAINERS_CREATED, PROBES, SESSIONS],
  ...[SESSION_FAILURES, STATE_BYTES, WAITING_EVENTS, LOST_EVENTS, WAITING_MESSAGES],
  ...[RESIDENT, CPU, STARTED, LAG],
];
