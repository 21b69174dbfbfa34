import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { oomScoreFloor } from '../../../../agent/host/oom-score-floor.ts';

describe('oomScoreFloor', () => {
  for (const { name, status, floor } of [
    { name: 'a whole machine', status: 'Name:\tnode\nCapBnd:\t000001ffffffffff\n', floor: -1000 },
    { name: 'a container without the right', status: 'CapBnd:\t000001fffeffffff\n', floor: 0 },
    { name: 'a status that does not say', status: '', floor: -1000 },
  ]) {
    it(`in ${name} is ${floor}`, () => assert.equal(oomScoreFloor(status), floor));
  }
});
