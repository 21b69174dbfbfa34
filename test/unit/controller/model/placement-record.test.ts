import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  placedCondition,
  readPlacement,
  waitingCondition,
} from '../../../../controller/model/placement-record.ts';

test('a placement reads back as it was written', () => {
  const condition = placedCondition({ agent: 'garage-pi', agentUid: '3f2a-9c' }, 0);
  assert.equal(condition.message, 'agent=garage-pi uid=3f2a-9c');
  assert.deepEqual(readPlacement({ conditions: [condition] }), {
    kind: 'placed',
    agent: 'garage-pi',
    agentUid: '3f2a-9c',
  });
});

test('a pod that waits is not placed, and keeps the time since when', () => {
  const first = waitingCondition('0/1 agents fit: 1 cordoned', { previous: undefined, nowMs: 0 });
  const later = waitingCondition('0/2 agents fit', { previous: { conditions: [first] }, nowMs: 60_000 });
  assert.equal(later.lastTransitionTime, '1970-01-01T00:00:00Z');
  assert.deepEqual(readPlacement({ conditions: [later] }), { kind: 'waiting', message: '0/2 agents fit' });
  assert.deepEqual(readPlacement(undefined), { kind: 'none' });
});

test('anything else in the condition is unreadable, never a guess', () => {
  const messages = [
    '',
    'agent=a',
    'agent= uid=1',
    'agent=A_B uid=1',
    'agent=a uid=1 more',
    'x agent=a uid=1',
    'agent=a uid=../1',
  ];
  for (const message of messages) {
    const conditions = [{ type: 'longshore.dev/Placed', status: 'True', message }];
    assert.equal(readPlacement({ conditions }).kind, 'unreadable', message);
  }
  const conditions = [{ type: 'longshore.dev/Placed', status: 'Unknown', message: 'agent=a uid=1' }];
  assert.equal(readPlacement({ conditions }).kind, 'unreadable');
});
