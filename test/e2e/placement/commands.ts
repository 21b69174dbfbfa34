// The `longshore` command and kubectl, which say and change the same.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from '../../kit/eventually.ts';
import { type Fleet, LABELS } from './fleet.ts';

export function commandScenarios(fleet: Fleet): void {
  const { create, kubectl, patchAgent, remove, whereIs } = fleet;

  it('is told and changed alike by kubectl and the longshore command', async () => {
    const longshore = async (...args: string[]) =>
      JSON.parse(await fleet.sandbox.longshore([...args, '-o', 'json']));
    const agent = async (name: string) => JSON.parse(await kubectl('get', 'agent', name, '-o', 'json'));
    // At the same time: whose change comes second is made again.
    const said = await Promise.all([
      fleet.sandbox.longshore(['agents', 'label', 'agent-5', 'disk=ssd']),
      fleet.sandbox.longshore(['agents', 'taint', 'agent-5', 'guest:PreferNoSchedule']),
      fleet.sandbox.longshore(['agents', 'cordon', 'agent-5']),
    ]);
    assert.equal(said.join(''), 'agent/agent-5 labeled\nagent/agent-5 tainted\nagent/agent-5 cordoned\n');
    const { spec } = await agent('agent-5');
    assert.deepEqual(
      [spec.labels, spec.taints, spec.unschedulable],
      [{ ...LABELS['agent-5'], disk: 'ssd' }, [{ key: 'guest', effect: 'PreferNoSchedule' }], true],
    );
    const described = await longshore('agents', 'describe', 'agent-5');
    assert.deepEqual(described.object.spec, spec);
    assert.deepEqual([described.agent.unschedulable, described.agent.ready], [true, true]);

    await create('waiting', { annotations: { 'longshore.dev/agent-selector': 'disk=ssd' } });
    assert.match(await whereIs('waiting'), /1 cordoned/);
    const waits = await longshore('explain', 'waiting');
    const verdict = waits.verdicts.find((one: { agent: string }) => one.agent === 'agent-5');
    assert.deepEqual(verdict.obstacles[0].rule, 'NodeUnschedulable');
    assert.match(waits.advice.remedies.join(), /agent-5: cordoned: longshore agents uncordon agent-5/);

    await fleet.sandbox.longshore(['agents', 'uncordon', 'agent-5']);
    await kubectl('wait', '--for=condition=Ready', 'pod/waiting', '--timeout=60s');
    const named = async (kind: string, selector: string) => {
      const answer = await longshore(kind, 'list', '-l', selector);
      return answer[kind].map(({ name }: { name: string }) => name);
    };
    assert.deepEqual(await named('agents', 'zone in (garage,cellar),arch!=arm64'), ['agent-1', 'agent-5']);
    assert.deepEqual(await named('pods', 'test=placement'), ['waiting']);
    assert.deepEqual(await named('pods', 'test=another'), []);
    const told = await eventually(
      async () => {
        const { advice, timeline } = await longshore('explain', 'waiting');
        const text = timeline
          .map(({ source, what }: Record<string, string>) => `${source}: ${what}`)
          .join('\n');
        return advice.isFine && /Started/.test(text) ? text : undefined;
      },
      { what: 'the pod’s start to be told' },
    );
    assert.match(
      told,
      /^API server: created\nscheduler: Scheduled: .*\ncontroller: FailedPlacement: .*cordoned/,
    );
    assert.match(
      told,
      /controller: Placed: .*agent-5; .*\d\/\d agents fit.*\n(.*\n)*agent-5: Started \[main\]: Started container main/,
    );
    const [{ events }, log, { outcome, results }] = await Promise.all([
      longshore('events', '--pod', 'waiting', '--agent', 'agent-5'),
      fleet.sandbox.longshore(['agents', 'logs', 'agent-5']),
      longshore('doctor'),
    ]);
    assert.ok(events.some(({ reason }: { reason: string }) => reason === 'Started'));
    assert.match(log, /INFO +connected to the controller/);
    assert.equal(outcome, 'ok', JSON.stringify(results));
    await patchAgent('agent-5', { labels: { disk: null }, taints: null });
    await remove();
  });
}
