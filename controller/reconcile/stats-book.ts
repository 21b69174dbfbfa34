// What the agents say they use. They measure only while somebody looks: whoever looks has them asked, and is answered from
// what came last, so that an agent that is away or hangs delays nobody. Only who looks first waits a moment.
import type { Clock } from '../../common/clock.ts';
import type { StatsReport__Output } from '../../proto/gen/longshore/v1/StatsReport.ts';
import { countOn, machineCounters, type NodeCounters } from '../model/figures/node-counters.ts';
import type { AgentIdentity, AgentLink } from './agent-link.ts';
import { ContainerStarts } from './container-starts.ts';

export interface AgentFigures {
  /** When they came, Unix milliseconds on our clock. */
  readonly atMs: number;
  /** Its times are ours. */
  readonly report: Pick<StatsReport__Output, 'machine' | 'pods'>;
}

export interface StatsBookOptions {
  readonly clock: Clock;
  readonly nodeOf: (agentName: string) => string;
  /** A session is open. */
  readonly isConnected: (agentUid: string) => boolean;
  /** Of those that this node shows; undefined: of all. */
  readonly links: (nodeName: string | undefined) => readonly AgentLink[];
}

export interface Look {
  /** Undefined: all nodes. */
  readonly nodeName: string | undefined;
  /** Wait for rates too, which take a second measurement. */
  readonly rates?: boolean;
}

/** As a kubelet does. */
const PERIOD_MS = 10_000;
/** Metrics-server looks each minute at the least. */
const WATCH_MS = 180_000;
/** What is older is no answer any more. An agent that has to ask its engine about many pods takes its time. */
const FRESH_MS = 180_000;
/** Of an agent that may be dead. */
const FRESH_WHEN_AWAY_MS = 60_000;
const FIRST_WAIT_MS = 900;
const RATES_WAIT_MS = 2500;

/** What an agent can be waited for. */
type Wanted = 'figures' | 'rates';

interface Asked {
  readonly link: AgentLink;
  readonly untilMs: number;
  /** Waited for in vain: nobody waits for it again until it has come. */
  readonly mute: Wanted | undefined;
}

interface Kept extends AgentFigures {
  readonly monotonicMs: number;
  readonly counters: NodeCounters | undefined;
}

export class StatsBook {
  readonly #options: StatsBookOptions;
  readonly #asked = new Map<string, Asked>();
  readonly #kept = new Map<string, Kept>();
  readonly #starts = new Map<string, ContainerStarts>();
  readonly #nodes = new Map<string, NodeCounters>();
  readonly #waiting = new Set<() => void>();

  constructor(options: StatsBookOptions) {
    this.#options = options;
  }

  take({ uid, name }: AgentIdentity, report: StatsReport__Output): void {
    const { clock, nodeOf } = this.#options;
    // What was counted while nobody heard of it would be a leap now.
    const before = this.#fresh(uid)?.counters;
    const now = report.machine ? machineCounters(report.machine) : undefined;
    const nodeName = nodeOf(name);
    if (now) this.#nodes.set(nodeName, countOn(this.#nodes.get(nodeName), { before, now }));
    const arrival = { atMs: clock.now(), monotonicMs: clock.monotonicMs() };
    const pods = this.#startsOf(uid).onOurClock(report, arrival);
    this.#kept.set(uid, {
      ...arrival,
      report: { machine: report.machine, pods },
      counters: now ?? before,
    });
    this.#heard(uid, report);
    for (const look of this.#waiting) look();
  }

  forget(agentUid: string): void {
    this.#kept.delete(agentUid);
    this.#starts.delete(agentUid);
    this.#asked.delete(agentUid);
  }

  /** Undefined when it has told nothing of late. */
  of(agentUid: string): AgentFigures | undefined {
    return this.#fresh(agentUid);
  }

  /** Of all agents of the node together. */
  counters(nodeName: string): NodeCounters | undefined {
    return this.#nodes.get(nodeName);
  }

  /** Has the agents measure. Resolves when there is something of each, or when there will not be soon. */
  async look({ nodeName, rates = false }: Look, signal = new AbortController().signal): Promise<void> {
    const links = this.#options.links(nodeName);
    for (const link of links) this.#ask(link);
    const missing = () => links.filter(({ agent }) => this.#isAwaited(agent.uid, rates));
    if (missing().length === 0) return;
    const enough = new AbortController();
    const look = () => {
      if (missing().length === 0) enough.abort();
    };
    this.#waiting.add(look);
    try {
      const until = AbortSignal.any([signal, enough.signal]);
      await this.#options.clock.sleep(rates ? RATES_WAIT_MS : FIRST_WAIT_MS, until).catch(() => undefined);
    } finally {
      this.#waiting.delete(look);
    }
    if (signal.aborted) return;
    for (const { agent } of missing()) {
      const asked = this.#asked.get(agent.uid);
      if (asked) this.#asked.set(agent.uid, { ...asked, mute: this.#lacks(agent.uid, rates) });
    }
  }

  #startsOf(agentUid: string): ContainerStarts {
    const starts = this.#starts.get(agentUid) ?? new ContainerStarts();
    this.#starts.set(agentUid, starts);
    return starts;
  }

  #fresh(agentUid: string): Kept | undefined {
    const { clock, isConnected } = this.#options;
    const kept = this.#kept.get(agentUid);
    const forMs = isConnected(agentUid) ? FRESH_MS : FRESH_WHEN_AWAY_MS;
    return kept && clock.monotonicMs() - kept.monotonicMs <= forMs ? kept : undefined;
  }

  #ask(link: AgentLink): void {
    const nowMs = this.#options.clock.monotonicMs();
    const before = this.#asked.get(link.agent.uid);
    const isSame = before?.link === link;
    if (isSame && before.untilMs - nowMs > WATCH_MS / 2) return;
    link.watchStats({ periodMs: PERIOD_MS, forMs: WATCH_MS });
    this.#asked.set(link.agent.uid, {
      link,
      untilMs: nowMs + WATCH_MS,
      mute: isSame ? before.mute : undefined,
    });
  }

  #heard(agentUid: string, report: AgentFigures['report']): void {
    const asked = this.#asked.get(agentUid);
    if (!asked || (asked.mute === 'rates' && !hasRates(report))) return;
    this.#asked.set(agentUid, { ...asked, mute: undefined });
  }

  /** Undefined: nothing that is wanted. */
  #lacks(agentUid: string, rates: boolean): Wanted | undefined {
    const figures = this.of(agentUid);
    if (!figures) return 'figures';
    return rates && !hasRates(figures.report) ? 'rates' : undefined;
  }

  #isAwaited(agentUid: string, rates: boolean): boolean {
    const lacked = this.#lacks(agentUid, rates);
    const mute = this.#asked.get(agentUid)?.mute;
    return lacked !== undefined && mute !== lacked && mute !== 'figures';
  }
}

function hasRates({ machine }: AgentFigures['report']): boolean {
  return machine?.cpu?.usageNanoCores !== undefined;
}
