// What holds whatever a test is about: hears all that the provider says, in every session, and finds what cannot be true
// together. A restart of the provider is no excuse.
import { isTerminal, type PodStatus } from '../../common/pod.ts';
import type { PodEvent__Output } from '../../proto/gen/longshore/v1/PodEvent.ts';

export interface Witness {
  report(uid: string, status: PodStatus): void;
  gone(uid: string, status: PodStatus | undefined): void;
  acknowledgedGone(uid: string): void;
  event(event: PodEvent__Output): void;
  acknowledgedEvent(event: PodEvent__Output): void;
  sessionEnded(reason: string): void;
  /** Each in words. */
  readonly faults: readonly string[];
}

/** How sessions end when nobody has done wrong. */
const GOOD_ENDINGS = [
  /^the test wants another session$/,
  /^the connection to the agent was lost$/,
  /^the agent closed the session$/,
  /^this controller is (not the leader|stopping)/,
  /^a newer session of this agent took over$/,
];

/** One acknowledgement may have come too late for a provider that was killed; two have not. */
const ENOUGH_ACKS = 2;

export function createWitness(): Witness {
  const newest = new Map<string, PodStatus>();
  const gone = new Set<string>();
  const acks = new Map<string, number>();
  const faults: string[] = [];

  return {
    faults,
    report(uid, status) {
      if (gone.has(uid)) faults.push(`pod ${uid} was said to be gone, and is ${status.phase} again`);
      const before = newest.get(uid);
      if (before) faults.push(...contradictions(before, status).map((what) => `pod ${uid}: ${what}`));
      newest.set(uid, status);
    },
    gone(uid, status) {
      gone.add(uid);
      const running = status?.containerStatuses?.filter(({ state }) => state?.running) ?? [];
      for (const { name } of running) faults.push(`pod ${uid} is gone, and its container ${name} runs`);
    },
    acknowledgedGone: (uid) => void gone.delete(uid),
    event(event) {
      const said = (acks.get(wordsOf(event)) ?? 0) >= ENOUGH_ACKS;
      if (said) faults.push(`told again, though acknowledged: ${wordsOf(event)}`);
    },
    acknowledgedEvent(event) {
      acks.set(wordsOf(event), (acks.get(wordsOf(event)) ?? 0) + 1);
    },
    sessionEnded(reason) {
      if (!GOOD_ENDINGS.some((good) => good.test(reason))) faults.push(`a session ended: ${reason}`);
    },
  };
}

function* pairs(before: PodStatus, after: PodStatus) {
  for (const was of before.containerStatuses ?? []) {
    const is = after.containerStatuses?.find(({ name }) => name === was.name);
    if (is) yield [was, is] as const;
  }
}

function contradictions(before: PodStatus, after: PodStatus): string[] {
  const found: string[] = [];
  if (isTerminal(before) && before.phase !== after.phase)
    found.push(`${before.phase} is final, and it is ${after.phase} now`);
  if (before.startTime && before.startTime !== after.startTime)
    found.push(`it began at ${before.startTime}, and now at ${after.startTime}`);
  for (const [was, is] of pairs(before, after))
    if (is.restartCount < was.restartCount)
      found.push(`container ${is.name} had ${was.restartCount} restarts, and now ${is.restartCount}`);
  return found;
}

/** The number is another in the provider's next life. */
function wordsOf({ podUid, type, reason, message, fieldPath, timeMs }: PodEvent__Output): string {
  return JSON.stringify({ podUid, type, reason, message, fieldPath, timeMs });
}
