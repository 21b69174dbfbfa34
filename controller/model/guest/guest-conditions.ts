// What an Agent's object says of its owner's hours and needs: the conditions QuietHours and Yielding, each there when its
// part of the spec is. While one of them is True the machine takes no pods and gives up those it has.
import type { AgentCondition, AgentStatus } from '../agent.ts';
import { toSeconds } from '../timestamp.ts';
import type { Quiet, QuietHours } from './quiet-hours.ts';
import { type OwnerReading, unmeasured, type YieldRules, type YieldState } from './yield.ts';

export type GuestCondition = Omit<AgentCondition, 'lastTransitionTime'>;

/** Why a machine that is well takes no pods; also the words of the obstacle that placement sees. */
export type Resting = 'in quiet hours' | 'yielding to its owner';

const QUIET = 'QuietHours';
const YIELDING = 'Yielding';

/** A machine may not speak of these itself. */
export function isGuestCondition({ type }: { readonly type: string }): boolean {
  return type === QUIET || type === YIELDING;
}

export function restingOf({ conditions = [] }: Pick<AgentStatus, 'conditions'>): Resting | undefined {
  const holds = (kind: string) => conditions.some(({ type, status }) => type === kind && status === 'True');
  if (holds(QUIET)) return 'in quiet hours';
  return holds(YIELDING) ? 'yielding to its owner' : undefined;
}

/** Unix milliseconds; 0: it rests, and since when cannot be told; Infinity: it does not rest. */
export function restingSinceMs({ conditions = [] }: Pick<AgentStatus, 'conditions'>): number {
  const since = conditions
    .filter((condition) => isGuestCondition(condition) && condition.status === 'True')
    .map(({ lastTransitionTime }) => Date.parse(lastTransitionTime) || 0);
  return Math.min(...since);
}

export function quietCondition({ quiet, changesAtMs }: Quiet, { mistakes }: QuietHours): GuestCondition {
  const when = changesAtMs === undefined ? undefined : toSeconds(changesAtMs);
  const wrong = mistakes.length === 0 ? '' : mistakes.join('; ');
  if (quiet) {
    const until = when ? `until ${when}` : 'for more than the next five weeks';
    const message = `the machine is its owner's ${until}${wrong && `; ${wrong}`}`;
    return { type: QUIET, status: 'True', reason: 'InQuietHours', message };
  }
  const next = when ? `quiet hours begin at ${when}` : 'no quiet hours within the next five weeks';
  return wrong
    ? { type: QUIET, status: 'Unknown', reason: 'InvalidQuietHours', message: `${wrong}; ${next}` }
    : { type: QUIET, status: 'False', reason: 'OutsideQuietHours', message: next };
}

export function yieldCondition(
  state: YieldState,
  {
    rules,
    reading,
    before,
  }: {
    readonly rules: YieldRules;
    readonly reading: OwnerReading | undefined;
    /** As it was published: what is not heard of changes no words. */
    readonly before: GuestCondition | undefined;
  },
): GuestCondition {
  if (state.kind === 'yielding') {
    const { reason, message } = state;
    return { type: YIELDING, status: 'True', reason, message };
  }
  const calm = { type: YIELDING, status: 'False', reason: 'NoThresholdCrossed' } as const;
  if (!reading) return { ...calm, message: before?.status === 'False' ? before.message : NOTHING_CROSSED };
  const missing = unmeasured(rules, reading);
  const message =
    missing.length === 0
      ? NOTHING_CROSSED
      : `${NOTHING_CROSSED}; this machine does not measure: ${missing.join(', ')}`;
  return { ...calm, message };
}

const NOTHING_CROSSED = 'no threshold is crossed';

/** As published before: a controller that starts anew goes on from there. */
export function yieldStateOf(condition: AgentCondition | undefined): YieldState {
  if (condition?.status !== 'True') return { kind: 'guest' };
  const { reason, message } = condition;
  return { kind: 'yielding', reason, message };
}

export function yieldConditionOf({
  conditions = [],
}: Pick<AgentStatus, 'conditions'>): AgentCondition | undefined {
  return conditions.find(({ type }) => type === YIELDING);
}

export interface GuestEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What is to be told of between two statuses. */
export function guestEvents(
  before: Pick<AgentStatus, 'conditions'>,
  after: Pick<AgentStatus, 'conditions'>,
): readonly GuestEvent[] {
  return [QUIET, YIELDING].flatMap((kind): GuestEvent[] => {
    const find = ({ conditions = [] }: Pick<AgentStatus, 'conditions'>) =>
      conditions.find(({ type }) => type === kind);
    const [was, is] = [find(before), find(after)];
    if (was?.status !== 'True' && is?.status === 'True') {
      const reason = kind === QUIET ? 'QuietHoursBegan' : 'Yielding';
      return [{ type: 'Normal', reason, message: is.message }];
    }
    if (was?.status === 'True' && is?.status !== 'True') {
      return kind === QUIET
        ? [{ type: 'Normal', reason: 'QuietHoursEnded', message: 'the machine takes pods again' }]
        : [
            {
              type: 'Normal',
              reason: 'Returned',
              message: 'its owner needs the machine no more; it takes pods again',
            },
          ];
    }
    if (is?.status !== 'Unknown' || is.message === was?.message) return [];
    return [{ type: 'Warning', reason: is.reason, message: is.message }];
  });
}
