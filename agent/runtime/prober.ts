// What a worker needs of whoever makes its pod's probes.
import type { ProbeResult } from '../pod/probe.ts';
import type { ProbeTarget } from '../pod/probe-targets.ts';
import type { PodEvent } from '../pod/status-events.ts';
import type { ProbeCount } from '../stats/reading.ts';

export interface Prober extends AsyncDisposable {
  /** These probes and no others are to be made from now on; what others have found is forgotten. */
  update(targets: readonly ProbeTarget[]): void;
  /** By `probeKey`; what has no verdict yet is not in it. */
  readonly verdicts: ReadonlyMap<string, ProbeResult>;
  /** How often the probes of the container of this name have come to each result. */
  counts(container: string): readonly ProbeCount[];
}

export type CreateProber = (ears: {
  readonly emit: (event: PodEvent) => void;
  /** A verdict is another. */
  readonly changed: () => void;
}) => Prober;
