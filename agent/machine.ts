// What the agent knows of its machine, read again every minute and whenever Docker comes or goes.

import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../common/clock.ts';
import { parseQuantity, wholeUnits } from '../common/quantity.ts';
import { type MachineFacts, type MachineOptions, readMachineFacts } from './host/machine-facts.ts';
import { readOomScoreFloor } from './host/oom-score-floor.ts';
import { canMountTreesReadOnly } from './host/read-only-trees.ts';
import type { MachineView } from './runtime/step-executor.ts';

export interface Machine {
  facts(): MachineFacts;
  /** As pods may ask about it. */
  view(): Omit<MachineView, 'nodeName' | 'clusterDns'>;
  /** Looks again soon. */
  refresh(): void;
  /** Keeps the facts fresh until the signal aborts; `changed` is called when they differ. */
  run(signal: AbortSignal, changed: () => void): Promise<void>;
}

const LOOK_MS = 60_000;

export async function openMachine(options: MachineOptions, clock: Clock): Promise<Machine> {
  const oomScoreFloor = await readOomScoreFloor();
  let facts = await readMachineFacts(options);
  let wake = new AbortController();
  const amount = (name: string) => wholeUnits(parseQuantity(facts.allocatable[name] ?? '0') ?? 0n);
  return {
    facts: () => facts,
    view: () => ({
      hostIps: facts.addresses.slice(0, 1),
      machine: {
        cpuMilli: Number(parseQuantity(facts.allocatable['cpu'] ?? '0') ?? 0n),
        memoryBytes: amount('memory'),
        ephemeralStorageBytes: amount('ephemeral-storage'),
      },
      oomScoreFloor,
      recursiveReadOnly: canMountTreesReadOnly(facts),
    }),
    refresh: () => wake.abort(),
    async run(signal, changed) {
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, AbortSignal.any([signal, wake.signal])).catch(() => undefined);
        if (signal.aborted) return;
        wake = new AbortController();
        const before = facts;
        facts = await readMachineFacts(options, before);
        if (!isDeepStrictEqual(facts, before)) changed();
      }
    },
  };
}
