// What agents measure of themselves, asked of them when somebody scrapes: each at most once in a few seconds however often
// that is, and waited for for a moment only, for one that does not answer delays nobody for longer. What an agent measured
// goes with its session.
import { AGENT_METRICS } from '../../common/agent-metrics.ts';
import type { Clock } from '../../common/clock.ts';
import type { MetricFamily, Sample } from '../../common/metrics/family.ts';
import type { AgentLink } from './agent-link.ts';

export interface AgentMetrics {
  /** An agent has answered. */
  heard(link: AgentLink, families: readonly MetricFamily[]): void;
  /** Of the agents with these links, each sample with the agent's name. Rejects only when the signal aborts. */
  collect(links: readonly AgentLink[], signal: AbortSignal): Promise<MetricFamily[]>;
}

interface Report {
  readonly families: readonly MetricFamily[];
  readonly atMs: number;
}

interface Known {
  report?: Report;
  /** Asked at, and not answered since. */
  askedAtMs?: number;
  answered?: () => void;
}

const FRESH_MS = 5_000;
const WAIT_MS = 1_000;
/** Older than this it says nothing of now. */
const STALE_MS = 30_000;

export function createAgentMetrics(clock: Clock): AgentMetrics {
  const byLink = new WeakMap<AgentLink, Known>();
  const knownOf = (link: AgentLink): Known => {
    const known = byLink.get(link) ?? {};
    byLink.set(link, known);
    return known;
  };
  const isOlder = (atMs: number | undefined, ms: number) =>
    atMs === undefined || clock.monotonicMs() - atMs >= ms;

  /** Undefined: there is nothing to wait for. */
  function ask(link: AgentLink): Promise<void> | undefined {
    const known = knownOf(link);
    if (!isOlder(known.report?.atMs, FRESH_MS)) return undefined;
    const hangs = known.askedAtMs !== undefined && isOlder(known.askedAtMs, WAIT_MS);
    if (isOlder(known.askedAtMs, FRESH_MS)) {
      known.askedAtMs = clock.monotonicMs();
      link.askMetrics();
    }
    if (hangs) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const others = known.answered;
    known.answered = () => {
      others?.();
      resolve();
    };
    return promise;
  }

  return {
    heard(link, families) {
      const known = knownOf(link);
      const { answered } = known;
      byLink.set(link, { report: { families, atMs: clock.monotonicMs() } });
      answered?.();
    },
    async collect(links, signal) {
      const answers = links.map(ask).filter((answer) => answer !== undefined);
      await within(WAIT_MS, Promise.all(answers), { clock, signal });
      const reports = links.flatMap((link) => {
        const { report } = knownOf(link);
        return report && !isOlder(report.atMs, STALE_MS) ? [{ agent: link.agent.name, ...report }] : [];
      });
      return AGENT_METRICS.map((definition) => ({
        ...definition,
        labels: ['agent', ...definition.labels],
        samples: samplesOf(definition.name, reports),
      }));
    },
  };
}

function* samplesOf(
  name: string,
  reports: readonly (Report & { readonly agent: string })[],
): Generator<Sample> {
  for (const { agent, families } of reports) {
    for (const sample of families.find((family) => family.name === name)?.samples ?? [])
      yield { ...sample, labels: { agent, ...sample.labels } };
  }
}

async function within(
  ms: number,
  work: Promise<unknown>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const done = new AbortController();
  const late = clock.sleep(ms, AbortSignal.any([signal, done.signal])).catch(() => undefined);
  await Promise.race([work, late]);
  done.abort();
  signal.throwIfAborted();
}
