// A machine is drained and takes pods again.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from '../../kit/eventually.ts';
import type { Fleet } from './fleet.ts';
import { exists } from './terms.ts';

export function drainScenarios(fleet: Fleet): void {
  const { create, kubectl, remove } = fleet;

  it('drains a machine as far as a budget allows, goes on by itself, and takes pods again when it is over', async () => {
    await kubectl('create', 'pdb', 'guarded', '--selector=app=guarded', '--min-available=1');
    const names = ['guarded-1', 'guarded-2'];
    const there = { labels: { app: 'guarded' }, spec: exists('agent.longshore.dev/agent-3') };
    for (const name of names) await create(name, there);
    await kubectl('wait', '--for=condition=Ready', 'pod', '-l', 'app=guarded', '--timeout=60s');
    const allows = ['get', 'pdb', 'guarded', '-o', 'jsonpath={.status.disruptionsAllowed}'];
    await eventually(async () => (await kubectl(...allows)) === '1', { what: 'budget' });
    const drained = async () => {
      const { object } = JSON.parse(
        await fleet.sandbox.longshore(['agents', 'describe', 'agent-3', '-o', 'json']),
      );
      const conditions: readonly { type: string; message: string }[] = object.status.conditions;
      return conditions.find(({ type }) => type === 'Drained')?.message ?? '';
    };
    const drain = ['agents', 'drain', 'agent-3', '--timeout', '15s'];
    await assert.rejects(
      fleet.sandbox.longshore(drain),
      /declare no controller \(use --force to override\): default\/guarded-1, /,
    );
    await assert.rejects(fleet.sandbox.longshore([...drain, '--force']), (error: Error) => {
      assert.match(error.message, /^agent\/agent-3 is not drained yet, pods left: 1;/);
      assert.equal(Object(error.cause).code, 5);
      return true;
    });
    const left = await Promise.all(names.map((name) => fleet.sandbox.findPod(name)));
    assert.equal(left.filter((pod) => pod !== undefined).length, 1, 'the budget holds');
    await eventually(async () => /1 pod left; default\/guarded-.: Cannot evict pod/.test(await drained()), {
      what: 'what is said of it',
    });
    await kubectl('delete', 'pdb', 'guarded');
    const said = await fleet.sandbox.longshore(['agents', 'drain', 'agent-3', '--force']);
    assert.match(said, /^agent\/agent-3 already being drained\n(.*\n)*agent\/agent-3 drained\n$/);
    for (const name of names) assert.equal(await fleet.sandbox.findPod(name), undefined);
    assert.match(
      await kubectl('get', 'events', '--field-selector', 'reason=Evicted'),
      /agent agent-3 is being drained/,
    );
    const told = await fleet.sandbox.longshore(['events', '--agent', 'agent-3']);
    for (const name of names) assert.match(told, new RegExp(`Evicted +agent-3 +pod/${name} `));
    await fleet.sandbox.longshore(['agents', 'uncordon', 'agent-3']);
    await create('guarded-1', there);
    await kubectl('wait', '--for=condition=Ready', 'pod/guarded-1', '--timeout=60s');
    await remove();
  });
}
