// A machine that is lost: what becomes of its pods, what its operator may say of it, and what happens when it is back.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from '../../kit/eventually.ts';
import { containersOfPod } from '../../kit/sandbox.ts';
import type { Fleet } from './fleet.ts';
import { exists } from './terms.ts';

export function lostMachineScenarios(fleet: Fleet): void {
  const { create, kubectl, remove, whereIs } = fleet;

  it('deletes the pods of a lost machine when their toleration is over, or when it is declared gone; what comes back stops them', async () => {
    const tolerations = [
      { key: 'virtual-kubelet.io/provider', operator: 'Exists' },
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 1,
      },
    ];
    const there = exists('agent.longshore.dev/agent-5');
    await create('lost', { spec: { ...there, tolerations } });
    await create('kept', {
      annotations: { 'longshore.dev/on-disconnect': 'keep' },
      spec: { ...there, tolerations },
    });
    await create('unwanted', { spec: there });
    await create('declared-dead', { spec: exists('agent.longshore.dev/agent-4') });
    await kubectl('wait', '--for=condition=Ready', 'pod', '-l', 'test=placement', '--timeout=60s');
    await fleet.sandbox.kill('agent-5');
    await kubectl('delete', 'pod', 'unwanted', '--wait=false');
    await fleet.sandbox.kill('agent-4');
    await eventually(async () => (await fleet.sandbox.pod('lost')).metadata.deletionTimestamp !== undefined, {
      what: 'the pod to be deleted',
      timeoutMs: 90_000,
      everyMs: 500,
    });
    const { stderr } = await fleet.sandbox.tryKubectl(['exec', 'kept', '--', 'true']);
    assert.match(stderr, /pod "kept" cannot be reached, agent "agent-5" is not connected to the controller/);
    await create('rather-fails', {
      annotations: { 'longshore.dev/unplaceable': 'reject', 'longshore.dev/agent-selector': 'zone=cellar' },
    });
    assert.equal(
      await whereIs('rather-fails'),
      "0/5 agents fit: 4 didn't match the agent selector, 1 not ready",
      'while the machine may come back, nothing is certain',
    );
    const kept = await fleet.sandbox.pod('kept');
    assert.equal(kept.metadata.deletionTimestamp, undefined);
    const unwanted = await fleet.sandbox.pod('unwanted');
    assert.ok(unwanted.metadata.deletionTimestamp, 'its grace has long been over');
    for (const { status } of [kept, unwanted]) {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      assert.deepEqual([ready?.status, ready?.reason], ['False', 'AgentUnreachable']);
      assert.equal(status?.phase, 'Running');
    }
    const running = (await containersOfPod(unwanted.metadata.uid)).filter((line) => line.endsWith('running'));
    assert.equal(running.length, 2);

    // A machine that is gone for good, as its operator says. The machine disagrees.
    const { uid } = (await fleet.sandbox.pod('declared-dead')).metadata;
    await assert.rejects(
      fleet.sandbox.longshore(['agents', 'remove', 'agent-4']),
      /has not been heard of for .* 1 pod \(default\/declared-dead\) may still run there.* say --yes/,
    );
    await fleet.sandbox.longshore(['agents', 'remove', 'agent-4', '--yes']);
    assert.equal(await kubectl('get', 'agent', 'agent-4', '--ignore-not-found'), '');
    await eventually(async () => (await fleet.sandbox.findPod('declared-dead')) === undefined, {
      what: 'its end',
    });
    assert.notDeepEqual(await containersOfPod(uid), []);
    fleet.sandbox.startAgent('agent-4');
    await eventually(async () => (await containersOfPod(uid)).length === 0, {
      what: 'the agent to stop the pod that it is told of',
      timeoutMs: 30_000,
      everyMs: 500,
    });
    const line = 'jsonpath={.type} {.object.status.phase}{"\\n"}';
    await using end = fleet.sandbox.followKubectl([
      ...['get', 'pod', 'unwanted', '--watch', '--output-watch-events', '-o', line],
    ]);
    await eventually(() => /^ADDED Running$/m.test(end.output), { what: 'a watch' });
    fleet.sandbox.startAgent('agent-5');
    for (const name of ['lost', 'unwanted']) {
      await eventually(async () => (await fleet.sandbox.findPod(name)) === undefined, {
        what: `the end of ${name}`,
      });
    }
    assert.deepEqual(await containersOfPod(unwanted.metadata.uid), []);
    await eventually(() => /^MODIFIED Succeeded\nDELETED Succeeded\n$/m.test(end.output), {
      what: 'its final status, and then its end',
    });
    await kubectl('wait', '--for=condition=Ready', 'pod/kept', 'pod/rather-fails', '--timeout=30s');
    await remove();
  });
}
