// Events are forgotten an hour after they were last seen.
import type { ControllerContext } from '../controllers.ts';
import { stringAt } from '../json.ts';
import { keyOf } from '../storage.ts';
import { lookAgain } from './look-again.ts';

const LIFE_MS = 3_600_000;
const LOOK_EVERY_MS = 60_000;

export function expireEvents(context: ControllerContext): Disposable {
  const { objects, clock } = context;
  const look = () => {
    for (const event of objects.storage.list('events.')) {
      const times = [
        stringAt(event, 'lastTimestamp'),
        stringAt(event, 'eventTime'),
        event.metadata.creationTimestamp,
      ];
      const last = Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time) || 0)));
      if (clock.now() - last > LIFE_MS) objects.storage.remove('events.', keyOf(event));
    }
  };
  return lookAgain(context, { name: 'event-expiry', buckets: [], everyMs: LOOK_EVERY_MS, look });
}
