// The agent's own numbers: counted where things happen, put together only when the controller asks for them.
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import * as definitions from '../../common/agent-metrics.ts';
import { type MetricDefinition, type MetricFamily, measured } from '../../common/metrics/family.ts';
import { createCounter, createHistogram } from '../../common/metrics/instruments.ts';

export interface AgentMetrics extends Disposable {
  dockerCalled(call: {
    readonly operation: string;
    readonly result: 'ok' | 'refused' | 'failed';
    readonly durationMs: number;
  }): void;
  pulled(result: 'ok' | 'failed', durationMs: number): void;
  created(kind: 'sandbox' | 'first' | 'restart'): void;
  probed(probe: string, result: 'success' | 'warning' | 'failure' | 'error'): void;
  sessionBegan(): void;
  sessionFailed(code: string): void;
  eventLost(): void;
  measure(link: LinkFigures): Promise<MetricFamily[]>;
}

export interface LinkFigures {
  readonly waitingEvents: number;
  readonly waitingMessages: number;
}

/** Seldom enough to cost nothing, often enough to see what holds the loop up for long. */
const LAG_LOOK_MS = 1000;

/** `stateBytes`: how much the state folder keeps on its disk. Never rejects. */
export function createAgentMetrics(stateBytes: () => Promise<number>): AgentMetrics {
  const calls = createCounter(definitions.DOCKER_CALLS);
  const durations = createHistogram(definitions.DOCKER_DURATION, [0.01, 0.05, 0.25, 1, 5, 30]);
  const pulls = createCounter(definitions.PULLS);
  const pullSeconds = createCounter(definitions.PULL_SECONDS);
  const created = createCounter(definitions.CONTAINERS_CREATED);
  const probes = createCounter(definitions.PROBES);
  const sessions = createCounter(definitions.SESSIONS);
  const failures = createCounter(definitions.SESSION_FAILURES);
  const lostEvents = createCounter(definitions.LOST_EVENTS);
  const counted = [calls, durations, pulls, pullSeconds, created, probes, sessions, failures, lostEvents];
  const delay = monitorEventLoopDelay({ resolution: LAG_LOOK_MS });
  delay.enable();
  return {
    dockerCalled({ operation, result, durationMs }) {
      calls.add({ operation, result });
      durations.observe({}, durationMs / 1000);
    },
    pulled(result, durationMs) {
      pulls.add({ result });
      pullSeconds.add({}, durationMs / 1000);
    },
    created: (kind) => created.add({ kind }),
    probed: (probe, result) => probes.add({ probe, result }),
    sessionBegan: () => sessions.add({}),
    sessionFailed: (code) => failures.add({ code }),
    eventLost: () => lostEvents.add({}),
    async measure({ waitingEvents, waitingMessages }) {
      const bytes = await stateBytes();
      const { user, system } = process.cpuUsage();
      const lateSeconds = Math.max(0, delay.max / 1e9 - LAG_LOOK_MS / 1000);
      delay.reset();
      return [
        ...counted.map((instrument) => instrument.family()),
        one(definitions.STATE_BYTES, bytes),
        one(definitions.WAITING_EVENTS, waitingEvents),
        one(definitions.WAITING_MESSAGES, waitingMessages),
        one(definitions.RESIDENT, process.memoryUsage.rss()),
        one(definitions.CPU, (user + system) / 1e6),
        one(definitions.STARTED, performance.timeOrigin / 1000),
        one(definitions.LAG, lateSeconds),
      ];
    },
    [Symbol.dispose]: () => delay.disable(),
  };
}

function one(definition: MetricDefinition<never>, value: number): MetricFamily {
  return measured(definition, [[{}, value]]);
}
