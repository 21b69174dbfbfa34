// Those who ask things of one collection: each hears the answer to its question as soon as there is one, and whenever it
// is another. Changes that come together are answered together.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import { createWake } from '../../common/wake.ts';
import type { ObjectState } from '../reconcile/object-source.ts';

export interface Askers<Question> {
  add(question: Question, tell: (state: ObjectState) => void, signal: AbortSignal): void;
  /** The collection may be another. */
  news(): void;
  /** It cannot be read. */
  failed(error: unknown): void;
  /** Answers until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

interface Asker<Question> {
  readonly question: Question;
  readonly tell: (state: ObjectState) => void;
  /** What was answered last. */
  told: string | undefined;
}

const FOREVER_MS = 2 ** 31 - 1;
/** A server that is away for moments need not be told of. */
const PATIENT_FAILURES = 5;

/** `answer`: undefined while nothing is known. */
export function createAskers<Question>(
  answer: (question: Question) => ObjectState | undefined,
  clock: Clock,
): Askers<Question> {
  const askers = new Set<Asker<Question>>();
  const wake = createWake(clock);
  let failures = 0;

  function tell(asker: Asker<Question>, state: ObjectState): void {
    const what = state.kind === 'found' ? state.revision : state.kind;
    if (asker.told === what) return;
    asker.told = what;
    asker.tell(state);
  }

  return {
    add(question, tellIt, signal) {
      const asker = { question, tell: tellIt, told: undefined };
      askers.add(asker);
      signal.addEventListener('abort', () => askers.delete(asker), { once: true });
      wake.raise();
    },
    news: () => wake.raise(),
    failed(error) {
      if (++failures !== PATIENT_FAILURES) return;
      const reason = describeError(error);
      for (const asker of askers) if (!answer(asker.question)) tell(asker, { kind: 'unknown', reason });
    },
    async run(signal) {
      while (!signal.aborted) {
        await wake.wait(FOREVER_MS, signal);
        for (const asker of askers) {
          const state = answer(asker.question);
          if (state) tell(asker, state);
        }
      }
    },
  };
}
