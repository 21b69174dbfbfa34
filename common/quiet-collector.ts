// V8 collects when it needs room, not when there is time for it: what starting, or a burst of pods, leaves behind stays resident
// for as long as little happens afterwards. So it is collected in the first quiet moment after memory has grown by a quarter.
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from './clock.ts';

export interface Heap {
  /** What it has of the machine now. */
  sizeBytes(): number;
  /** The share of the time since it was asked last that the process was busy, 0 to 1. */
  busyShare(): number;
  /** Gives back what can be given back; takes about two milliseconds for each MB in use. */
  collect(): void;
}

const LOOK_MS = 5000;
const GROWTH = 1.25;
const QUIET_SHARE = 0.25;

/** Looks until the signal aborts; never rejects. */
export async function collectWhenQuiet(heap: Heap, clock: Clock, signal: AbortSignal): Promise<void> {
  let settledBytes = 0;
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    const isQuiet = heap.busyShare() < QUIET_SHARE;
    if (signal.aborted || !isQuiet || heap.sizeBytes() < settledBytes * GROWTH) continue;
    heap.collect();
    settledBytes = heap.sizeBytes();
  }
}

/** Undefined where Node.js was started without `--expose-gc`. */
export function openHeap(): Heap | undefined {
  const { gc } = globalThis;
  if (!gc) return undefined;
  let before = performance.eventLoopUtilization();
  return {
    sizeBytes: () => getHeapStatistics().total_heap_size,
    busyShare() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
    collect: () => void gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
  };
}
