// How pods end, and that it is said until it is heard.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod } from '../../../common/pod.ts';
import { eventually } from '../../kit/eventually.ts';
import type { Offers } from '../offers.ts';
import { aPod, deleted, exitCodeOf, identityOf, RUNS_ON } from '../pods.ts';
import type { Trial } from '../trial.ts';

const NEVER_SECONDS = 600;

export function checkEndings(trial: Trial, offers: Offers): void {
  it('says until it is acknowledged that a pod is gone and what is to be told of it: in each session, and after it was killed', async () => {
    const { fleet } = trial;
    // One that cannot be honoured is told of too.
    const pod = aPod(RUNS_ON, { container: { workingDir: '/' } });
    const { uid } = pod.metadata;
    const told = async () => {
      if (!offers.has('events')) return undefined;
      const what = `an event of the pod${trial.said}`;
      const event = await eventually(() => fleet.heard.events.find(({ podUid }) => podUid === uid), { what });
      return { reason: event.reason, message: event.message, timeMs: event.timeMs };
    };
    fleet.withholdEventsOf = uid;
    fleet.wish(pod);
    const first = await told();
    fleet.wish(deleted(pod, 1));
    const [final] = await trial.gone(pod);
    assert.match(final?.phase ?? '', /^(Succeeded|Failed)$/);
    for (const again of ['reconnect', 'restart'] as const) {
      await trial[again]();
      assert.deepEqual((await trial.gone(pod)).at(-1)?.phase, final?.phase, `after it has to ${again}`);
      assert.deepEqual(await told(), first, `after it has to ${again}`);
    }
    fleet.withholdEventsOf = undefined;
    await trial.restart();
    await told();
    await trial.gone(pod);
    assert.equal(fleet.heard.statuses.has(uid), false, 'it is reported though it is gone');
    fleet.forget(pod);
    await trial.obeyed();
    await trial.restart();
    await trial.saidAll();
    assert.equal(fleet.heard.gone.has(uid), false, 'said again after it was acknowledged');
  });

  it('lets a pod end by itself within its grace, and says so only when it has ended', async () => {
    const { fleet } = trial;
    const pod = await trial.run(`trap 'sleep 1; exit 7' TERM; while :; do sleep 0.1; done`);
    fleet.wish(deleted(pod, NEVER_SECONDS));
    const [final] = await trial.gone(pod);
    assert.equal(final && exitCodeOf(final), 7);
    fleet.forget(pod);
  });

  it('ends a pod sooner when its grace is shortened', async () => {
    const { fleet } = trial;
    const pod = await trial.run(`trap '' TERM; ${RUNS_ON}`);
    fleet.wish(deleted(pod, NEVER_SECONDS));
    await trial.obeyed();
    fleet.wish(deleted(pod, 1));
    await trial.gone(pod);
    fleet.forget(pod);
  });

  it('never starts again what it has said to be gone', async () => {
    const { fleet } = trial;
    const pod = await trial.run(RUNS_ON);
    fleet.link?.remove(pod.metadata.uid, 1);
    const times = (await trial.gone(pod)).length;
    fleet.link?.upsert(pod);
    await eventually(() => (fleet.heard.gone.get(pod.metadata.uid)?.length ?? 0) > times, {
      what: 'the same answer again',
    });
    // That it is not reported again either, the witness sees.
    fleet.forget(pod);
  });

  it('says at once that a pod it never had is gone', async () => {
    const { fleet } = trial;
    const stranger = aPod(RUNS_ON);
    fleet.link?.remove(stranger.metadata.uid, NEVER_SECONDS);
    assert.deepEqual(await trial.gone(stranger), [undefined]);
    fleet.forget(stranger);
  });

  it('stops what a snapshot does not hold, and nothing before the snapshot is complete', async () => {
    const { fleet } = trial;
    const pod = await trial.run(RUNS_ON);
    const kept = await trial.run(RUNS_ON);
    const identities = async () =>
      await Promise.all([pod, kept].map(async (one: Pod) => identityOf(await trial.running(one))));
    const before = await identities();
    fleet.desired.delete(pod.metadata.uid);
    fleet.withholdSnapshots = true;
    await trial.restart();
    // The second session shows what has become of them in the first.
    await trial.saidAll();
    await trial.restart();
    fleet.withholdSnapshots = false;
    assert.deepEqual(await identities(), before);
    fleet.tellSnapshot();
    await trial.gone(pod);
    assert.deepEqual(identityOf(await trial.running(kept)), before[1]);
    fleet.forget(pod);
  });
}
