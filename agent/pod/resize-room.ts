// Whether a machine has room for what a running pod asks for now. Other pods count with what they have been granted, and
// of those that wait for more, the ones that come first count with what they get: every pod comes to the same answer.
import { isTerminal } from '../../common/pod.ts';
import type { Machine } from './downward.ts';
import { type Amounts, asGranted, podRequests } from './granted-resources.ts';
import type { PodRecord } from './pod-record.ts';
import { qosClass } from './pod-resources.ts';

export interface Refusal {
  /** Infeasible: never on this machine; Deferred: not now. */
  readonly reason: 'Infeasible' | 'Deferred';
  readonly message: string;
}

/** Undefined: it can have it. `others`: the machine's other pods. */
export function refusal(
  record: PodRecord,
  others: () => Iterable<PodRecord>,
  machine: Machine,
): Refusal | undefined {
  const capacity: Amounts = {
    cpu: BigInt(Math.floor(machine.cpuMilli)),
    memory: BigInt(Math.floor(machine.memoryBytes)) * 1000n,
  };
  const self = claim(record);
  if (!grows(self)) return undefined;
  const short = exceeds(self.wanted, capacity);
  if (short) {
    const message = `Node didn't have enough capacity: ${short}, requested: ${whole(short, self.wanted)}, capacity: ${whole(short, capacity)}`;
    return { reason: 'Infeasible', message };
  }
  const claims = [...others()].filter(isHere).map(claim);
  const used = usedBefore(self, claims, capacity);
  const lacking = exceeds(plus(used, self.wanted), capacity);
  if (!lacking) return undefined;
  const message = `Node didn't have enough resource: ${lacking}, requested: ${whole(lacking, self.wanted)}, used: ${whole(lacking, used)}, capacity: ${whole(lacking, capacity)}`;
  return { reason: 'Deferred', message };
}

interface Claim {
  readonly record: PodRecord;
  readonly granted: Amounts;
  readonly wanted: Amounts;
}

function claim(record: PodRecord): Claim {
  return { record, granted: podRequests(asGranted(record)), wanted: podRequests(record.pod) };
}

function isHere({ status, gone }: PodRecord): boolean {
  return !gone && !isTerminal(status);
}

function grows({ granted, wanted }: Claim): boolean {
  return wanted.cpu > granted.cpu || wanted.memory > granted.memory;
}

/** What the others have once those before this one have got what there is room for. */
function usedBefore(self: Claim, claims: readonly Claim[], capacity: Amounts): Amounts {
  let used = claims.reduce((sum, { granted }) => plus(sum, granted), NOTHING);
  for (const ahead of claims.filter((one) => grows(one) && comesFirst(one, self)).sort(byTurn)) {
    const then = plus(minus(used, ahead.granted), ahead.wanted);
    if (!exceeds(plus(then, self.granted), capacity)) used = then;
  }
  return used;
}

function comesFirst(one: Claim, other: Claim): boolean {
  return byTurn(one, other) < 0;
}

const QOS = { Guaranteed: 0, Burstable: 1, BestEffort: 2 } as const;

/** By priority, QoS class, and how long it has been here. */
function byTurn({ record: a }: Claim, { record: b }: Claim): number {
  return (
    (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0) ||
    QOS[qosClass(a.pod)] - QOS[qosClass(b.pod)] ||
    a.accepted.wallMs - b.accepted.wallMs ||
    (a.uid < b.uid ? -1 : 1)
  );
}

const NOTHING: Amounts = { cpu: 0n, memory: 0n };

function plus(a: Amounts, b: Amounts): Amounts {
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory };
}

function minus(a: Amounts, b: Amounts): Amounts {
  return { cpu: a.cpu - b.cpu, memory: a.memory - b.memory };
}

function exceeds(amounts: Amounts, capacity: Amounts): keyof Amounts | undefined {
  if (amounts.cpu > capacity.cpu) return 'cpu';
  return amounts.memory > capacity.memory ? 'memory' : undefined;
}

/** Thousandths of a CPU, or bytes. */
function whole(name: keyof Amounts, { cpu, memory }: Amounts): bigint {
  return name === 'cpu' ? cpu : memory / 1000n;
}
