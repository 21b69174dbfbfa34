// Room on machines: a pod waits until one has enough of it, small ones cannot starve it, and it may rather fail than wait.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from '../../kit/eventually.ts';
import { AGENTS, type Fleet, type RulePod } from './fleet.ts';
import { keptOff, onAgent } from './terms.ts';

const MINUTE = 60_000;
const TOO_LITTLE = '0/5 agents fit: 5 insufficient cpu';
/** Of machines of two CPUs. */
const LARGE = { requests: { cpu: '1500m' } };

export function roomScenarios(fleet: Fleet): void {
  const { becomes, create, judge, kubectl, readiness, remove, whereIs } = fleet;

  it('starts a pod that was too large for every machine as soon as one has the room; small ones run meanwhile', async () => {
    await judge(AGENTS.map((agent) => filler(agent, '1100m')));
    await create('large', LARGE);
    assert.equal(await whereIs('large'), TOO_LITTLE);
    await create('small', { requests: { cpu: '100m' } });
    await readiness(['small']);
    const uid = (await fleet.sandbox.pod('large')).metadata.uid;
    await kubectl('delete', 'pod', 'filler-agent-1', '--wait=true', '--timeout=60s');
    const isRunning = async () => (await fleet.sandbox.pod('large')).status?.phase === 'Running';
    await eventually(isRunning, { what: 'its start', timeoutMs: 10_000, everyMs: 50 });
    assert.equal((await fleet.sandbox.pod('large')).metadata.uid, uid, 'it waited, and was not made anew');
    await remove();
  });

  it('keeps a machine free for a large pod that has waited for long, so that small ones cannot starve it', async () => {
    const passing: RulePod = { ...filler('agent-3', '300m'), name: 'passing' };
    await judge([...AGENTS.map((agent) => filler(agent, agent === 'agent-3' ? '800m' : '1100m')), passing]);
    await create('large', LARGE);
    assert.equal(await whereIs('large'), TOO_LITTLE);
    await pretendToWaitSince('large', Date.now() - MINUTE);
    // Too little for the large one still; the next small one would take it.
    await kubectl('delete', 'pod', 'passing', '--wait=false');
    await becomes('large', `${TOO_LITTLE}; agent-3 is kept free for it`);
    await create('small', { requests: { cpu: '100m' }, spec: onAgent('agent-3') });
    assert.equal(await whereIs('small'), keptOff('reserved for default/large'));
    await kubectl('delete', 'pod', 'filler-agent-3', '--wait=false');
    await readiness(['large', 'small']);
    assert.equal(await whereIs('large'), 'agent-3');
    await remove();
  });

  /** A pod waits since its condition says so, whichever controller wrote it. */
  function pretendToWaitSince(name: string, sinceMs: number): Promise<string> {
    const lastTransitionTime = new Date(sinceMs).toISOString();
    const conditions = [{ type: 'longshore.dev/Placed', lastTransitionTime }];
    const patch = JSON.stringify({ status: { conditions } });
    return kubectl('patch', 'pod', name, '--subresource=status', '--type=strategic', '-p', patch);
  }

  it('fails a pod that would rather fail than wait, as a kubelet does, when no machine can take it', async () => {
    const unplaceable = { 'longshore.dev/unplaceable': 'reject' };
    const tooLarge = { requests: { cpu: '3' } };
    await create('rejected', { annotations: unplaceable, ...tooLarge });
    await create('homeless', {
      annotations: { ...unplaceable, 'longshore.dev/agent-selector': 'zone=roof' },
    });
    await create('patient', tooLarge);
    const failed = (name: string) =>
      eventually(
        async () => {
          const { status } = await fleet.sandbox.pod(name);
          return status?.phase === 'Failed' && [status.reason, status.message];
        },
        { what: `the end of ${name}` },
      );
    assert.deepEqual(await failed('rejected'), [
      'OutOfcpu',
      `Pod was rejected: Node didn't have enough resource: cpu: ${TOO_LITTLE}`,
    ]);
    assert.deepEqual(await failed('homeless'), [
      'NodeAffinity',
      "Pod was rejected: Predicate NodeAffinity failed: 0/5 agents fit: 5 didn't match the agent selector",
    ]);
    const isTold = async () =>
      /Warning +OutOfcpu +pod\/rejected +Node didn't have enough resource: cpu/.test(
        await kubectl('get', 'events', '--field-selector', 'involvedObject.name=rejected'),
      );
    await eventually(isTold, { what: 'the event' });
    assert.equal(await whereIs('patient'), TOO_LITTLE);
    assert.equal((await fleet.sandbox.pod('patient')).status?.phase, 'Pending');
    await remove();
  });

  it('gives a host port away once on each machine and address; the scheduler lets one through for all machines', async () => {
    await judge(HOLDERS);
    await judge(ASKERS);
    await readiness(HOLDERS.map(({ name }) => name));
    await create('as-anybody', { container: listens('127.0.0.1'), spec: onAgent('agent-2') });
    const unscheduled = await eventually(
      async () => {
        const { status } = await fleet.sandbox.pod('as-anybody');
        return status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
      },
      { what: 'the scheduler’s word' },
    );
    assert.match(unscheduled.message ?? '', /didn't have free ports for the requested pod ports/);
    await remove();
  });
}

const filler = (agent: string, cpu: string): RulePod => ({
  name: `filler-${agent}`,
  requests: { cpu },
  spec: onAgent(agent),
  answer: agent,
});

const PORT = 20_000 + (process.pid % 10_000);
const listens = (hostIP: string) => ({ ports: [{ containerPort: 80, hostPort: PORT, hostIP }] });
/** Past the scheduler. */
const bound = { nodeName: 'longshore' };

const HOLDERS: readonly RulePod[] = [
  { name: 'holder', container: listens('127.0.0.1'), spec: onAgent('agent-1'), answer: 'agent-1' },
  { name: 'other-address', container: listens('127.0.0.2'), spec: onAgent('agent-1'), answer: 'agent-1' },
];
/** The machines of a sandbox are one, and have each port once: whoever comes to another does not run there. */
const ASKERS: readonly RulePod[] = [
  {
    name: 'same-machine',
    container: listens('127.0.0.1'),
    spec: { ...onAgent('agent-1'), ...bound },
    answer: keptOff(`host port ${PORT}/TCP taken`),
  },
  {
    name: 'other-machine',
    container: listens('127.0.0.1'),
    spec: { ...onAgent('agent-2'), ...bound },
    answer: 'agent-2',
  },
];
