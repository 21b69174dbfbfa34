// The live sessions, at most one per agent: a newer session of the same agent takes the place of the older. Sessions are
// accepted only while this controller leads.
import { LongshoreError } from '../../common/errors.ts';
import type { Leadership, Session } from './session.ts';
import { NOT_LEADER } from './session-door.ts';

export interface SessionRegistry {
  /** Throws `unavailable` while this controller does not lead or holds as many sessions as it may. */
  admit(): Leadership;
  /** From now on this is the agent's session. Throws `unavailable` when the leadership it began in has passed. */
  established(session: Session, began: Leadership): void;
  ended(session: Session): void;
  setLeadership(leadership: Leadership | undefined): void;
  readonly leadership: Leadership | undefined;
}

export function createSessionRegistry(maxSessions: number): SessionRegistry {
  const sessions = new Map<string, Session>();
  let leadership: Leadership | undefined;

  return {
    admit() {
      if (!leadership) throw new LongshoreError('unavailable', NOT_LEADER);
      if (sessions.size >= maxSessions) {
        throw new LongshoreError(
          'unavailable',
          `this controller holds ${maxSessions} sessions, the most it may`,
        );
      }
      return leadership;
    },
    established(session, began) {
      if (leadership !== began) throw new LongshoreError('unavailable', NOT_LEADER);
      const { uid } = session.agent.identity;
      const older = sessions.get(uid);
      sessions.set(uid, session);
      older?.end(new LongshoreError('conflict', 'a newer session of this agent took over'));
    },
    ended(session) {
      const { uid } = session.agent.identity;
      if (sessions.get(uid) === session) sessions.delete(uid);
    },
    setLeadership(next) {
      if (leadership === next) return;
      leadership = next;
      for (const session of [...sessions.values()])
        session.end(new LongshoreError('unavailable', NOT_LEADER));
    },
    get leadership() {
      return leadership;
    },
  };
}
