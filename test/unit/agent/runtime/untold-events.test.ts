// An event is told until the controller has it, whenever the agent dies; one that it has is not told again.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';

interface Story {
  readonly name: string;
  readonly pod: () => Pod;
  readonly next?: (machine: FakeMachine, pod: Pod) => unknown;
  readonly reason: string;
  readonly message: RegExp;
}

const withSpec = (pod: Pod, spec: Partial<Pod['spec']>): Pod => ({ ...pod, spec: { ...pod.spec, ...spec } });

const STORIES: readonly Story[] = [
  {
    name: 'has a field that is not supported',
    pod: () => withSpec(scriptPod({ main: SERVE }), { hostUsers: false }),
    reason: 'Failed',
    message: /^Error: spec.hostUsers is not supported/,
  },
  {
    name: 'is turned away',
    pod: () =>
      withSpec(scriptPod({ main: SERVE }), {
        securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] },
      }),
    reason: 'SysctlForbidden',
    message: /kernel.msgmax/,
  },
  {
    name: 'crashes again and again',
    pod: () => scriptPod({ main: 'exit 1' }),
    reason: 'BackOff',
    message: /^Back-off restarting failed container main/,
  },
  {
    name: 'is over its deadline',
    pod: () => scriptPod({ main: SERVE }, { activeDeadlineSeconds: 5 }),
    next: (machine) => machine.settle(5000),
    reason: 'DeadlineExceeded',
    message: /longer than the specified deadline/,
  },
  {
    name: 'starts',
    pod: () => scriptPod({ main: SERVE }),
    reason: 'Started',
    message: /^Started container main$/,
  },
  {
    name: 'is deleted',
    pod: () => scriptPod({ main: SERVE }),
    next: (machine, { metadata }) => machine.manager.remove(metadata.uid, 30),
    reason: 'Killing',
    message: /^Stopping container main$/,
  },
];

/** The controller tells its wish. A dying agent may not answer. */
async function tell(machine: FakeMachine, pod: Pod): Promise<void> {
  void machine.manager.apply(pod).catch(() => {});
  await machine.settle();
}

describe('the event of a pod that', () => {
  for (const { name, pod: makePod, next, reason, message } of STORIES) {
    it(`${name} is told whenever the agent dies`, async () => {
      for (let operations = 0; operations < 30; operations++) {
        await using machine = await FakeMachine.create();
        const pod = makePod();
        machine.crashAfter(operations);
        await tell(machine, pod);
        void next?.(machine, pod);
        await machine.settle();
        await machine.crashAndStart();
        await tell(machine, pod);
        void next?.(machine, pod);
        await machine.settle(6000);
        const told = machine.events.filter((event) => event.reason === reason);
        const after = `killed after ${operations} operations`;
        assert.ok(told.length > 0 && told.every((event) => message.test(event.message)), after);
      }
    });
  }
});

describe('an event', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });

  it('that the controller has not heard is told by the next agent, and not by the one after that', async () => {
    const pod = withSpec(scriptPod({ main: SERVE }), { hostUsers: false });
    const failed = () => machine.messages('Failed').length;
    machine.controllerHears = false;
    await apply(pod);
    await machine.crashAndStart();
    await machine.settle(120_000);
    assert.equal(failed(), 0);
    machine.controllerHears = true;
    await machine.crashAndStart();
    await machine.settle();
    assert.equal(failed(), 1);
    await machine.crashAndStart();
    await machine.settle(120_000);
    assert.equal(failed(), 1);
    assert.equal(machine.records.get(pod.metadata.uid)?.untold, undefined);
  });

  it('of a start is told by the next agent when the controller was away', async () => {
    const pod = scriptPod({ main: SERVE });
    machine.controllerHears = false;
    await apply(pod);
    machine.controllerHears = true;
    await machine.crashAndStart();
    await machine.settle();
    assert.deepEqual(
      machine.events.map(({ reason, fieldPath }) => [reason, fieldPath]),
      ['Pulled', 'Created', 'Started'].map((reason) => [reason, 'spec.containers{main}']),
    );
  });
});
