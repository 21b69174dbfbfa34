import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PodEventRecord } from '../../../../agent/link/pod-host.ts';
import { EventRecorder } from '../../../../agent/runtime/event-recorder.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aPod } from '../../../kit/pods.ts';

it('events of one pod are limited to 25 at once and one each five minutes after', async () => {
  const clock = new ManualClock();
  const sent: PodEventRecord[] = [];
  const recorder = new EventRecorder({
    clock,
    send: (event) => sent.push(event),
    untold: undefined,
    confirmed: () => {},
  });
  const record = () =>
    recorder.record(aPod(), { type: 'Normal', reason: 'R', message: 'm', container: 'main' });
  for (let times = 0; times < 40; times++) record();
  assert.equal(sent.length, 25);
  await clock.advance(299_000);
  record();
  assert.equal(sent.length, 25);
  await clock.advance(1000);
  record();
  record();
  assert.equal(sent.length, 26);
  assert.equal(sent[0]?.fieldPath, 'spec.containers{main}');
});
