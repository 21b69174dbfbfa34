// Whether each machine is its owner's just now, by its quiet hours and by what it measures. Until an agent says how it is,
// and while it is not heard of, what was so before stands.
import type { Clock } from '../../common/clock.ts';
import {
  type GuestCondition,
  quietCondition,
  yieldCondition,
  yieldConditionOf,
  yieldStateOf,
} from '../model/guest/guest-conditions.ts';
import { type Quiet, type QuietHours, type QuietWindow, quietHours } from '../model/guest/quiet-hours.ts';
import { nextYield, type OwnerReading, type YieldState } from '../model/guest/yield.ts';
import { isSameJson } from '../model/same-json.ts';
import type { AgentEntry } from './agent-registry.ts';

export interface GoodGuest {
  /** The conditions of an agent that has an object, as they are now. */
  conditions(entry: AgentEntry): readonly GuestCondition[];
}

/** Three heartbeats: what was measured longer ago says nothing. */
const FRESH_MS = 30_000;
/** Quiet hours are reckoned anew when they change, and once a day where they never seem to. */
const RECKON_MS = 86_400_000;

interface Reckoned {
  readonly windows: readonly QuietWindow[];
  readonly hours: QuietHours;
  readonly quiet: Quiet;
  readonly atMs: number;
}

export function createGoodGuest(clock: Clock): GoodGuest {
  const reckoned = new WeakMap<AgentEntry, Reckoned>();
  const yields = new WeakMap<AgentEntry, YieldState>();

  const quiet = (entry: AgentEntry, windows: readonly QuietWindow[]): GuestCondition => {
    const nowMs = clock.now();
    const known = reckoned.get(entry);
    const isSame = known && isSameJson(known.windows, windows);
    const hours = isSame ? known.hours : quietHours(windows);
    const changesAtMs = Math.min(known?.quiet.changesAtMs ?? Infinity, (known?.atMs ?? 0) + RECKON_MS);
    if (isSame && known.atMs <= nowMs && nowMs < changesAtMs) return quietCondition(known.quiet, hours);
    const now = hours.at(nowMs);
    reckoned.set(entry, { windows, hours, quiet: now, atMs: nowMs });
    return quietCondition(now, hours);
  };

  const readingOf = ({ link, owner }: AgentEntry): OwnerReading | undefined =>
    link && owner && clock.monotonicMs() - owner.atMs < FRESH_MS ? owner.reading : undefined;

  return {
    conditions(entry) {
      const { quietHours: windows = [], yieldWhen: rules } = entry.object?.spec ?? {};
      const found: GuestCondition[] = windows.length > 0 ? [quiet(entry, windows)] : [];
      if (!rules) {
        yields.delete(entry);
        return found;
      }
      const before = yieldConditionOf(entry.status ?? entry.object?.status ?? {});
      const reading = readingOf(entry);
      const last = yields.get(entry) ?? yieldStateOf(before);
      const state = nextYield(last, { rules, reading, nowMs: clock.monotonicMs() });
      yields.set(entry, state);
      return [...found, yieldCondition(state, { rules, reading, before })];
    },
  };
}
