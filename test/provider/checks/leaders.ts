// Whom the provider obeys: the newest leader, and one that removes it only then.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PodStatus } from '../../../common/pod.ts';
import { eventually } from '../../kit/eventually.ts';
import { type Manner, type OtherLeader, REMOVES, wishesFor, withOtherLeader } from '../other-leader.ts';
import { aPod, identityOf, RUNS_ON } from '../pods.ts';
import type { Trial } from '../trial.ts';

export function checkLeaders(trial: Trial): void {
  it('does not obey a leader of an earlier term, nor one that refuses it, and ignores messages it does not know', async () => {
    const { fleet, provider } = trial;
    const pod = await trial.run(RUNS_ON);
    const before = identityOf(await trial.running(pod));
    const intruder = aPod(RUNS_ON);
    const { uid } = intruder.metadata;
    const { sessions } = fleet;
    await provider.end('SIGKILL');
    await fleet.leave();
    // A new process each time: it knows from its disk whom it has obeyed.
    const meets = (manner: Manner, look: (leader: OtherLeader) => void = () => {}) =>
      withOtherLeader(fleet, manner, async (leader) => {
        provider.start();
        await eventually(() => leader.left > 0, { what: `it to leave this leader${trial.said}` });
        look(leader);
        await provider.end('SIGKILL');
      });
    let lineage: string | undefined;
    await meets(wishesFor(intruder), ({ hello, heard }) => {
      assert.ok(!heard.some(({ report, gone }) => report?.uid === uid || gone?.uid === uid));
      assert.equal(hello?.epochSeen, fleet.epoch);
      lineage = hello?.lineage;
    });
    await meets(REMOVES, ({ hello }) => assert.equal(hello?.lineage, lineage, 'its lineage'));
    await meets('refuses');
    await fleet.comeBack();
    provider.start();
    await trial.connected(sessions);
    assert.deepEqual(identityOf(await trial.running(pod)), before);
    assert.equal(fleet.heard.statuses.has(uid), false);
  });
}

/** The last of all: it ends every pod. */
export function checkRemoval(trial: Trial): void {
  it('ends everything when it is removed, and goes on calling: the fleet may know it again', async () => {
    const { fleet, provider } = trial;
    await trial.run(RUNS_ON);
    await provider.end('SIGKILL');
    fleet.removeProvider();
    const { sessions } = fleet;
    provider.start();
    await eventually(() => fleet.toldRemoved > 0, { what: `a call of the removed provider${trial.said}` });
    fleet.restoreProvider();
    // A session in which nothing is reason enough to stop a pod.
    fleet.withholdSnapshots = true;
    await trial.connected(sessions);
    fleet.withholdSnapshots = false;
    await trial.saidAll();
    const runsOn = ([uid, { phase }]: readonly [string, PodStatus]) =>
      phase === 'Running' && !fleet.heard.gone.has(uid);
    await eventually(() => ![...fleet.heard.statuses].some(runsOn), {
      what: `the end of its pods, last ${JSON.stringify([...fleet.heard.statuses])}${trial.said}`,
    });
    fleet.desired.clear();
  });

  it('is another agent with a new token, once it has heard that it was removed', async () => {
    const { fleet, provider } = trial;
    const former = fleet.agent?.metadata.uid;
    await provider.end('SIGKILL');
    fleet.removeProvider();
    const { sessions, toldRemoved } = fleet;
    provider.start();
    // When it calls again it has taken in what it was told before.
    await eventually(() => fleet.toldRemoved > toldRemoved + 1, { what: `two calls${trial.said}` });
    await provider.end('SIGKILL');
    provider.giveToken(await fleet.newToken());
    provider.start();
    await trial.connected(sessions);
    await trial.saidAll();
    assert.notEqual(fleet.link?.agent.uid, former);
    assert.deepEqual([...fleet.heard.statuses.keys()], []);
  });
}
