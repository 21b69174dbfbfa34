// Measures the machine and its pods while somebody looks, at the pace that the controller names and for as long as it
// names; otherwise not at all. One round after the other: whoever asks twice is not measured twice.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { createWake } from '../../common/wake.ts';
import type { CpuStats } from '../../proto/gen/longshore/v1/CpuStats.ts';
import type { MachineStats } from '../../proto/gen/longshore/v1/MachineStats.ts';
import type { ServiceStats } from '../../proto/gen/longshore/v1/ServiceStats.ts';
import type { StatsReport } from '../../proto/gen/longshore/v1/StatsReport.ts';
import type { ContainerMeter } from './container-meter.ts';
import { measurePods } from './measure-pods.ts';
import type { MeasuredPod } from './reading.ts';
import { UsageAccount } from './usage-account.ts';

export interface StatsWish {
  readonly periodMs: number;
  /** From now on. */
  readonly forMs: number;
}

export interface StatsSamplerDeps {
  readonly pods: () => readonly MeasuredPod[];
  readonly meter: ContainerMeter;
  readonly machine: () => Promise<MachineStats>;
  /** Programs of the machine's own that pods need. */
  readonly services: () => readonly ServiceStats[];
  readonly send: (report: StatsReport) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface StatsSampler {
  watch(wish: StatsWish): void;
  /** A wish holds. */
  isWatched(): boolean;
  /** Measures when it is wished until the signal aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** Between the first report and the second: enough for a rate. */
const SECOND_MS = 1000;
/** However long measuring took, it pauses as long. */
const MAX_SHARE = 0.5;

export function createStatsSampler(deps: StatsSamplerDeps): StatsSampler {
  const { clock, log } = deps;
  const account = new UsageAccount();
  const machineAccount = new UsageAccount();
  let wish: { readonly periodMs: number; readonly untilMs: number } | undefined;
  const wake = createWake(clock);

  const isWatched = () => wish !== undefined && clock.monotonicMs() < wish.untilMs;

  async function wished(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      if (wish && isWatched()) return wish.periodMs;
      await wake.wait(undefined, signal);
    }
    return undefined;
  }

  async function round(signal: AbortSignal): Promise<void> {
    const pods = await measurePods(deps.pods(), { ...deps, account }, signal);
    const machine = await deps.machine();
    const withRate = (key: string, cpu: CpuStats | null | undefined) => {
      const usec = Number(cpu?.usageUsec ?? 0);
      const usageNanoCores = machineAccount.rate(key, { usec, atMs: clock.monotonicMs() });
      return { usageUsec: usec, usageNanoCores };
    };
    const services = deps.services().map((one) => ({ ...one, cpu: withRate(one.name ?? '', one.cpu) }));
    const ofMachine = { ...machine, cpu: withRate('', machine.cpu), services };
    deps.send({ machine: ofMachine, pods, timeMs: clock.now() });
  }

  return {
    isWatched,
    watch({ periodMs, forMs }) {
      wish = { periodMs, untilMs: clock.monotonicMs() + forMs };
      wake.raise();
    },
    async run(signal) {
      let measuredMs = Number.NEGATIVE_INFINITY;
      for (;;) {
        const periodMs = await wished(signal);
        if (periodMs === undefined) return;
        const startedMs = clock.monotonicMs();
        const isFirst = startedMs - measuredMs > 2 * periodMs;
        // An average over the hours that nobody looked would be no rate.
        if (isFirst) for (const one of [account, machineAccount]) one.beginAnew();
        try {
          await round(signal);
        } catch (error) {
          if (signal.aborted) return;
          log.debug(
            { error: describeError(error) },
            'what the pods use could not be measured; it is tried again',
          );
        }
        measuredMs = clock.monotonicMs();
        const tookMs = measuredMs - startedMs;
        const pauseMs = Math.max((isFirst ? SECOND_MS : periodMs) - tookMs, tookMs / MAX_SHARE - tookMs);
        await clock.sleep(pauseMs, signal).catch(() => undefined);
      }
    },
  };
}
