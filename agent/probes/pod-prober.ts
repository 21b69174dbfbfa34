// Makes the probes of one pod, each at its own pace, and keeps what they have come to. Whoever drives it says which are to
// be made; what they found goes back as verdicts, and a change of one is told.
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { afterResult, FIRST_RUN, type ProbeResult, type ProbeRun, verdictOf } from '../pod/probe.ts';
import type { ProbeTarget } from '../pod/probe-targets.ts';
import type { PodEvent } from '../pod/status-events.ts';
import { makeProbe, type ProbeTools } from './make-probe.ts';
import { type ProbeCount, ProbeCounts } from './probe-counts.ts';
import type { ProbeOutcome } from './probe-outcome.ts';

export interface PodProberOptions extends ProbeTools {
  /** 0 ≤ random() < 1. */
  readonly random: () => number;
  /** When the agent began, Unix milliseconds: what ran before that is not probed all at once. */
  readonly agentStartedMs: number;
  readonly log: Log;
  readonly emit: (event: PodEvent) => void;
  readonly changed: () => void;
  /** Hears of every probe made; `error`: it could not be. */
  readonly probed?:
    | ((probe: ProbeTarget['kind'], result: ProbeOutcome['kind'] | 'error') => void)
    | undefined;
}

interface NotMade {
  readonly kind: 'error';
  readonly problem: string;
}

/** A probe that could not be made is tried again at once, so many times in all. */
const TRIES = 3;

export class PodProber implements AsyncDisposable {
  readonly #options: PodProberOptions;
  readonly #loops = new Map<string, { readonly end: AbortController; readonly ended: Promise<void> }>();
  /** As they are now: a machine may get another address while its containers run on. */
  readonly #targets = new Map<string, ProbeTarget>();
  readonly #verdicts = new Map<string, ProbeResult>();
  readonly #counts = new ProbeCounts();

  constructor(options: PodProberOptions) {
    this.#options = options;
  }

  get verdicts(): ReadonlyMap<string, ProbeResult> {
    return new Map(this.#verdicts);
  }

  /** Since this began; they go on when the container is another. */
  counts(container: string): readonly ProbeCount[] {
    return this.#counts.of(container);
  }

  /** These and no others. */
  update(targets: readonly ProbeTarget[]): void {
    const wanted = new Set(targets.map(({ key }) => key));
    for (const [key, { end }] of this.#loops) {
      if (wanted.has(key)) continue;
      end.abort();
      this.#loops.delete(key);
      this.#targets.delete(key);
      this.#verdicts.delete(key);
    }
    for (const target of targets) {
      this.#targets.set(target.key, target);
      if (this.#loops.has(target.key)) continue;
      const end = new AbortController();
      const ended = this.#probe(target, end.signal).catch((error: unknown) => {
        if (!end.signal.aborted)
          this.#options.log.error({ error: describeError(error) }, 'a probe broke off');
      });
      this.#loops.set(target.key, { end, ended });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const loops = [...this.#loops.values()];
    for (const { end } of loops) end.abort();
    await Promise.allSettled(loops.map(({ ended }) => ended));
  }

  async #probe(target: ProbeTarget, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { settings, kind, key } = target;
    await clock.sleep(this.#firstInMs(target), signal);
    let told: string | undefined;
    for (let run: ProbeRun = FIRST_RUN; ; ) {
      const beganMs = clock.monotonicMs();
      const outcome = await this.#tried(this.#targets.get(key) ?? target, signal);
      signal.throwIfAborted();
      this.#options.probed?.(kind, outcome.kind);
      this.#counts.add(target, { outcome: outcome.kind, tookMs: clock.monotonicMs() - beganMs });
      if (outcome.kind === 'error') {
        // Told once while it lasts: the pod's events are counted.
        if (outcome.problem !== told) this.#warn(target, 'Unhealthy', `probe errored: ${outcome.problem}`);
        told = outcome.problem;
      } else {
        told = undefined;
        this.#tell(target, outcome);
        run = afterResult(run, outcome.kind === 'failure' ? 'failure' : 'success');
        const verdict = verdictOf(run, settings);
        if (verdict !== undefined) this.#settle(key, verdict);
        // The container is to be ended, and is not asked again.
        if (verdict === 'failure' && kind !== 'readiness') return;
      }
      await clock.sleep(settings.periodMs - (clock.monotonicMs() - beganMs), signal);
    }
  }

  #firstInMs({ settings, startedAtMs }: ProbeTarget): number {
    const { clock, random, agentStartedMs } = this.#options;
    const leftMs = settings.initialDelayMs - Math.max(0, clock.now() - startedAtMs);
    if (startedAtMs >= agentStartedMs) return Math.max(0, leftMs);
    return Math.max(random() * settings.periodMs, leftMs);
  }

  async #tried(target: ProbeTarget, signal: AbortSignal): Promise<ProbeOutcome | NotMade> {
    let error: unknown;
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        return await makeProbe(target, this.#options, signal);
      } catch (caught) {
        signal.throwIfAborted();
        error = caught;
      }
    }
    return { kind: 'error', problem: describeError(error) };
  }

  #tell(target: ProbeTarget, outcome: ProbeOutcome): void {
    if (outcome.kind === 'failure') this.#warn(target, 'Unhealthy', `probe failed: ${outcome.output}`);
    if (outcome.kind === 'warning') this.#warn(target, 'ProbeWarning', `probe warning: ${outcome.output}`);
  }

  #warn({ kind, container }: ProbeTarget, reason: string, text: string): void {
    const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
    this.#options.emit({ type: 'Warning', reason, message: `${name} ${text}`, container });
  }

  #settle(key: string, verdict: ProbeResult): void {
    if (this.#verdicts.get(key) === verdict) return;
    this.#verdicts.set(key, verdict);
    this.#options.changed();
  }
}
