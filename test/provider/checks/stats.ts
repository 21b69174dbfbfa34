// What the machine and its pods use, told while somebody looks.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod } from '../../../common/pod.ts';
import type { StatsReport__Output } from '../../../proto/gen/longshore/v1/StatsReport.ts';
import { eventually } from '../../kit/eventually.ts';
import { RUNS_ON } from '../pods.ts';
import type { Trial } from '../trial.ts';

const PERIOD_MS = 1000;
const FOR_MS = 3000;

export function checkStats(trial: Trial): void {
  it('says what the machine and its pods use, for as long as it is asked to', async () => {
    const { fleet } = trial;
    const pod = await trial.run('while :; do :; done');
    const other = await trial.run(RUNS_ON);
    const { stats, statuses } = fleet.heard;
    const about = (report: StatsReport__Output, { metadata: { uid } }: Pod) =>
      report.pods.find((one) => one.uid === uid);
    const busy = (report: StatsReport__Output) => about(report, pod)?.cpu?.usageNanoCores ?? 0;
    fleet.link?.watchStats({ periodMs: PERIOD_MS, forMs: FOR_MS });
    const overMs = performance.now() + FOR_MS;
    const report = await eventually(() => stats.find((one) => busy(one) > 100_000_000), {
      what: `a pod that uses CPU, last ${JSON.stringify(stats.at(-1))}`,
    });
    const { usageUsec = 0, usageNanoCores = 0 } = report.machine?.cpu ?? {};
    assert.ok(usageUsec > 0 && usageNanoCores > 0, 'the machine has used CPU');
    assert.ok((report.machine?.memory?.workingSetBytes ?? 0) > 2 ** 20, 'and memory');
    const [container] = about(report, other)?.containers ?? [];
    assert.equal(container?.name, 'main');
    assert.ok((container?.memory?.workingSetBytes ?? 0) > 0, 'its pod too');
    const reported = statuses.get(other.metadata.uid)?.containerStatuses?.[0]?.state?.running;
    assert.equal(container?.startedAtMs, Date.parse(reported?.startedAt ?? ''));
    fleet.link?.remove(pod.metadata.uid, 1);
    await trial.gone(pod);
    fleet.forget(pod);
    // One more may be under way when the time is over.
    const after = (ms: number) => eventually(() => performance.now() > overMs + ms);
    await after(PERIOD_MS);
    const { length } = stats;
    await after(2.5 * PERIOD_MS);
    assert.equal(stats.length, length, 'it goes on though nobody looks');
  });
}
