import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeMachine } from '../../../kit/fake-machine.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';

describe('whom a pod asks for names on a machine that asks itself', () => {
  for (const { nameservers, hostNetwork = false, asks } of [
    { nameservers: ['127.0.0.53'], asks: ['resolver-of-bridge'] },
    { nameservers: ['127.0.0.53', '192.0.2.53'], asks: ['192.0.2.53'] },
    { nameservers: ['127.0.0.53'], hostNetwork: true, asks: ['127.0.0.53'] },
  ]) {
    it(`is ${asks} where its own are ${nameservers}${hostNetwork ? ', on its network' : ''}`, async () => {
      await using machine = await FakeMachine.create();
      machine.nameservers = nameservers;
      const pod = scriptPod({ main: SERVE }, { hostNetwork });
      await machine.manager.apply(pod);
      await machine.settle();
      const expected = asks.map((address) => `nameserver ${address}\n`).join('');
      assert.equal(machine.nameFiles.get(pod.metadata.uid)?.resolvConf, expected);
    });
  }
});
