import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import type { Pod, PodStatus } from '../../../../common/pod.ts';
import type { NewPod } from '../../../../controller/cli/cluster.ts';
import { openProbePod } from '../../../../controller/cli/doctor/probe-pod.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const PLACED = { type: 'longshore.dev/Placed', status: 'True', message: 'agent=pi uid=u-1' };
const RUNNING: PodStatus = {
  conditions: [PLACED],
  containerStatuses: [
    {
      ...{ name: 'terminal', image: '', imageID: '', ready: true, restartCount: 0 },
      state: { running: { startedAt: '2026-11-24T12:00:00Z' } },
    },
  ],
};

/** A cluster in which the pod has the status that the test gives. */
function aCluster() {
  const clock = new ManualClock();
  const made: NewPod[] = [];
  const deleted: string[] = [];
  const state: { status: PodStatus | undefined; refusal?: Error } = { status: {} };
  const cluster = {
    async createPod(pod: NewPod) {
      if (state.refusal) throw state.refusal;
      made.push(pod);
    },
    async deletePod(namespace: string, name: string) {
      deleted.push(`${namespace}/${name}`);
    },
    async pod(): Promise<Pod | undefined> {
      const { metadata, spec } = made[0] ?? assert.fail('asked before it was made');
      return state.status && { metadata: { ...metadata, uid: 'u' }, spec, status: state.status };
    },
  };
  const open = (signal?: AbortSignal) =>
    openProbePod({ cluster, clock, namespace: 'longshore-system', nodeName: 'longshore' }, signal);
  return { clock, made, deleted, state, open };
}

describe("the doctor's pod", () => {
  it('is on the node that is looked at, needs no registry and no rights, and ends by itself', async () => {
    const { made, state, open } = aCluster();
    state.status = RUNNING;
    await using pod = open();
    const { name, ...rest } = await pod.running;
    assert.match(name, /^longshore-doctor-[0-9a-f]{8}$/);
    assert.deepEqual(rest, { namespace: 'longshore-system', container: 'terminal', agent: 'pi' });
    const { spec } = made[0] ?? assert.fail('not made');
    assert.equal(spec.nodeName, 'longshore');
    assert.equal(spec.activeDeadlineSeconds, 300);
    assert.equal(spec.automountServiceAccountToken, false);
    assert.equal(spec.securityContext?.runAsNonRoot, true);
    assert.deepEqual(
      spec.containers.map(({ image, imagePullPolicy }) => [image, imagePullPolicy]),
      [['longshore.dev/pause', 'Never']],
    );
  });

  it('goes with the doctor', async () => {
    const { made, deleted, state, open } = aCluster();
    state.status = RUNNING;
    {
      await using pod = open();
      await pod.running;
      assert.deepEqual(deleted, []);
    }
    assert.deepEqual(deleted, [`longshore-system/${made[0]?.metadata.name}`]);
  });

  it('goes when the user interrupts while it is being waited for', async () => {
    const { deleted, open } = aCluster();
    const interrupt = new AbortController();
    const pod = open(interrupt.signal);
    const refused = assert.rejects(pod.running);
    interrupt.abort();
    await refused;
    await pod[Symbol.asyncDispose]();
    assert.equal(deleted.length, 1);
  });

  const waiting = (reason: string, message: string): PodStatus => ({
    conditions: [PLACED],
    containerStatuses: [
      {
        ...{ name: 'terminal', image: '', imageID: '', ready: false, restartCount: 0 },
        state: { waiting: { reason, message } },
      },
    ],
  });
  const reasons: [status: PodStatus | undefined, why: RegExp][] = [
    [{}, /does not run: no controller has placed it/],
    [
      { conditions: [{ ...PLACED, status: 'False', message: '0/1 agents fit: 1 cordoned' }] },
      /does not run: 0\/1 agents fit: 1 cordoned/,
    ],
    [waiting('ErrImageNeverPull', 'no such image'), /does not run: ErrImageNeverPull: no such image/],
    [undefined, /does not run: it was deleted/],
  ];
  for (const [status, why] of reasons) {
    it(`says ${why.source}`, async () => {
      const { clock, state, open } = aCluster();
      state.status = status;
      const refused = assert.rejects(open().running, why);
      await clock.advance(31_000);
      await refused;
    });
  }

  it('is not there where the user may not make it, and is none to be deleted then', async () => {
    const { state, open } = aCluster();
    state.refusal = new LongshoreError('forbidden', 'pods is forbidden');
    await assert.rejects(open().running, { code: 'forbidden' });
  });
});
