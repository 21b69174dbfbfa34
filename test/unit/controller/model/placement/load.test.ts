import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLoad } from '../../../../../controller/model/placement/load.ts';
import { aPod } from '../../../../kit/pods.ts';

const asking = (uid: string, requests: Readonly<Record<string, string>>) => {
  const containers = [{ name: 'main', image: 'x', resources: { requests } }];
  return { pod: aPod({ uid, spec: { containers } }), agentUid: 'uid-a' };
};

test('what pods ask nothing of, or no longer, is not on an agent’s account', () => {
  const load = createLoad([
    asking('one', { cpu: '1', 'x.example/none': '0' }),
    asking('two', { cpu: '2', 'x.example/card': '1' }),
  ]);
  const names = () => [...load.on('uid-a').requests.keys()].sort();
  assert.deepEqual(names(), ['cpu', 'pods', 'x.example/card']);
  load.remove('two');
  assert.deepEqual(names(), ['cpu', 'pods']);
});
