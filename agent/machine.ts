// What the agent knows of its machine, read again every minute and whenever Docker comes or goes.
import { totalmem } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../common/clock.ts';
import { parseQuantity, wholeUnits } from '../common/quantity.ts';
import { oneOfEachFamily } from './host/addresses.ts';
import type { Disk } from './host/machine-conditions.ts';
import { type MachineFacts, type MachineOptions, readDisk, readMachineFacts } from './host/machine-facts.ts';
import { readOomScoreFloor } from './host/oom-score-floor.ts';
import { canMountTreesReadOnly } from './host/read-only-trees.ts';
import type { DeviceInventory } from './pod/devices.ts';
import type { DockerInfo } from './runtime/docker-info.ts';
import type { MachineView } from './runtime/step-executor.ts';

export interface Machine {
  facts(): MachineFacts;
  /** As pods may ask about it. */
  view(): Omit<MachineView, 'nodeName' | 'clusterDns'>;
  /** Of the engine's images; undefined while Docker cannot be asked. */
  disk(): Promise<Disk | undefined>;
  /** Looks again soon. */
  refresh(): void;
  /** Keeps the facts fresh until the signal aborts; `changed` is called when they differ. */
  run(signal: AbortSignal, changed: () => void): Promise<void>;
}

const LOOK_MS = 60_000;

/** What the machine's owner lets pods have. */
export interface OwnerRules {
  readonly unsafeSysctls: readonly string[];
  readonly pidsLimit: number | undefined;
  readonly devices: DeviceInventory;
}

interface Asked extends MachineOptions {
  readonly engineInfo: () => Promise<DockerInfo>;
}

export async function openMachine(
  { unsafeSysctls, pidsLimit, devices, ...options }: Asked & OwnerRules,
  clock: Clock,
): Promise<Machine> {
  const oomScoreFloor = await readOomScoreFloor();
  // Until Docker has said otherwise, nobody is turned away for the lack of it.
  let appArmor = true;
  let engineRoot: string | undefined;
  const engineInfo = async () => {
    const info = await options.engineInfo();
    appArmor = info.appArmor;
    engineRoot = info.rootDir;
    return info;
  };
  const read = (before?: MachineFacts) => readMachineFacts({ ...options, engineInfo }, before);
  let facts = await read();
  let hostIps = oneOfEachFamily(facts.addresses, []);
  let wake = new AbortController();
  const amount = (name: string) => wholeUnits(parseQuantity(facts.allocatable[name] ?? '0') ?? 0n);
  return {
    facts: () => facts,
    view: () => ({
      hostIps,
      machine: {
        cpuMilli: Number(parseQuantity(facts.allocatable['cpu'] ?? '0') ?? 0n),
        memoryBytes: amount('memory'),
        ephemeralStorageBytes: amount('ephemeral-storage'),
      },
      machineMemoryBytes: totalmem(),
      oomScoreFloor,
      recursiveReadOnly: canMountTreesReadOnly(facts),
      enforcement: { appArmor, unsafeSysctls },
      pidsLimit,
      devices,
    }),
    disk: async () => (engineRoot === undefined ? undefined : readDisk(engineRoot)),
    refresh: () => wake.abort(),
    async run(signal, changed) {
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, AbortSignal.any([signal, wake.signal])).catch(() => undefined);
        if (signal.aborted) return;
        wake = new AbortController();
        const before = facts;
        facts = await read(before);
        hostIps = oneOfEachFamily(facts.addresses, hostIps);
        if (!isDeepStrictEqual(facts, before)) changed();
      }
    },
  };
}
