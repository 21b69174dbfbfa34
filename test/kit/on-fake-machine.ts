// A fresh machine on the modelled engine for each test of a suite, and what such tests do with it all the time. Whatever a
// worker must never ask of the engine or of volumes fails the test in which it was asked.
import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';
import type { Pod } from '../../common/pod.ts';
import { FakeMachine } from './fake-machine.ts';

export interface OnFakeMachine {
  /** Resolves with the pod's UID when everything has happened that can at once. */
  apply(pod: Pod): Promise<string>;
  /** As the API server asks for the end of a pod. */
  remove(pod: Pod, graceSeconds: number): Promise<void>;
}

/** To be called in a `describe`. `use` gets the machine of the test that is about to run. */
export function onFakeMachine(use: (machine: FakeMachine) => void): OnFakeMachine {
  let machine: FakeMachine;
  beforeEach(async () => {
    machine = await FakeMachine.create();
    use(machine);
  });
  afterEach(async () => {
    await machine[Symbol.asyncDispose]();
    assert.deepEqual([...machine.engine.violations, ...machine.volumes.violations], []);
  });

  async function apply(pod: Pod): Promise<string> {
    await machine.manager.apply(pod);
    await machine.settle();
    return pod.metadata.uid;
  }
  return {
    apply,
    async remove(pod, graceSeconds) {
      const deletionTimestamp = '2026-01-01T00:01:00Z';
      const asked = { deletionTimestamp, deletionGracePeriodSeconds: graceSeconds };
      await apply({ ...pod, metadata: { ...pod.metadata, ...asked } });
    },
  };
}
