// The session: kept alive, obeyed in order, and no reason to stop anything when it ends.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod } from '../../../common/pod.ts';
import { eventually } from '../../kit/eventually.ts';
import { aPod, exitCodeOf, identityOf, RUNS_ON, restartsOf } from '../pods.ts';
import type { Trial } from '../trial.ts';

const CLOCK_SKEW_MS = 10_000;
/** Long enough for what ends and starts again meanwhile. */
const AWAY_MS = 2500;

export function checkSessions(trial: Trial): void {
  it('is heard of while there is nothing to say, with the time', async () => {
    const { fleet } = trial;
    const { sessions } = fleet;
    const { heartbeats } = fleet.heard;
    await eventually(() => fleet.heard.heartbeats >= heartbeats + 3, { what: `heartbeats${trial.said}` });
    assert.equal(fleet.sessions, sessions, fleet.endings.at(-1));
    const timeMs = fleet.heard.vitals?.timeMs ?? 0;
    assert.ok(Math.abs(timeMs - Date.now()) < CLOCK_SKEW_MS, `its time is ${new Date(timeMs).toISOString()}`);
  });

  it('is heard of though there is always something else to say', async () => {
    const { heartbeats } = trial.fleet.heard;
    const heard = async () => {
      await trial.obeyed();
      return trial.fleet.heard.heartbeats >= heartbeats + 3;
    };
    await eventually(heard, { what: `heartbeats${trial.said}` });
  });

  it('goes on when it is told what it may ignore', async () => {
    const { fleet } = trial;
    const { sessions } = fleet;
    fleet.link?.keepImages(['busybox:1.36', 'registry.example/team/app@sha256:0']);
    fleet.link?.askMetrics();
    fleet.link?.watchStats({ periodMs: 1000, forMs: 1 });
    await trial.obeyed();
    assert.equal(fleet.sessions, sessions);
  });

  it('lets pods run when it is killed, and takes them up again though its certificate has run out meanwhile', async () => {
    const { fleet, provider } = trial;
    const pod = await trial.run(RUNS_ON);
    const before = identityOf(await trial.running(pod));
    const { sessions, heard } = fleet;
    await provider.end('SIGKILL');
    await eventually(() => Date.now() > heard.certifiedUntilMs);
    await fleet.leave();
    await fleet.comeBack();
    provider.start();
    await trial.connected(sessions);
    assert.deepEqual(identityOf(await trial.running(pod)), before);
  });

  it('lets pods run when it ends itself, and takes them up again', async () => {
    const pod = await trial.run(RUNS_ON);
    const before = identityOf(await trial.running(pod));
    await trial.restart('SIGTERM');
    assert.deepEqual(identityOf(await trial.running(pod)), before);
  });

  it('lets pods go on while the controller is away: they run, end and start again', async () => {
    const { fleet } = trial;
    const pod = await trial.run(RUNS_ON);
    const before = identityOf(await trial.running(pod));
    const ends = aPod('sleep 0.5; exit 4', { restartPolicy: 'Never' });
    const fails = aPod('sleep 0.5; exit 5');
    for (const one of [ends, fails]) fleet.wish(one);
    await trial.obeyed();
    const { sessions } = fleet;
    await fleet.leave();
    const untilMs = performance.now() + AWAY_MS;
    await eventually(() => performance.now() > untilMs);
    await fleet.comeBack();
    await trial.connected(sessions);
    assert.deepEqual(identityOf(await trial.running(pod)), before);
    // By what it says first: it has not waited for the controller.
    const first = ({ metadata: { uid } }: Pod) =>
      eventually(() => fleet.heard.firstStatuses.get(uid), { what: 'a report' });
    assert.equal(exitCodeOf(await first(ends)), 4);
    assert.ok(restartsOf(await first(fails)) >= 1);
  });

  it('that was killed right after it took a pod on runs it once it is back', async () => {
    const { fleet } = trial;
    const pod = aPod(RUNS_ON);
    fleet.wish(pod);
    await eventually(() => fleet.heard.statuses.has(pod.metadata.uid), { what: 'a first word of it' });
    // What it has taken on it remembers by itself.
    fleet.withholdSnapshots = true;
    await trial.restart();
    fleet.withholdSnapshots = false;
    assert.equal(restartsOf(await trial.running(pod)), 0);
    fleet.tellSnapshot();
  });
}
