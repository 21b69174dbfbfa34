// Containers' starts by the controller's clock, whatever the agent's says. Metrics-server keeps a pod only if each of its
// containers began before the sample that it has of it already.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ContainerStarts } from '../../../../controller/reconcile/container-starts.ts';
import { containerUse, podUse, statsReport } from '../../../kit/figures.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const HOUR = 3_600_000;

interface Told {
  /** Of the agent's clock. */
  readonly aheadMs?: number;
  readonly startedAtMs: number;
  readonly id?: string;
  /** Since the agent sent it. */
  readonly lateMs?: number;
  readonly ageMs?: number;
  readonly isTimed?: boolean;
}

/** Its start and its sample's time as told at `nowMs`, all times of the real world. */
function tell(starts: ContainerStarts, nowMs: number, told: Told) {
  const { aheadMs = 0, startedAtMs, id = 'c1', lateMs = 0, ageMs = 0, isTimed = true } = told;
  const container = containerUse({ id, startedAtMs: startedAtMs + aheadMs });
  const report = statsReport({
    pods: [podUse({ containers: [container], ageMs })],
    timeMs: isTimed ? nowMs - lateMs + aheadMs : 0,
  });
  const [pod] = starts.onOurClock(report, { atMs: nowMs, monotonicMs: nowMs });
  return { startMs: pod?.containers[0]?.startedAtMs ?? 0, sampleMs: nowMs - ageMs };
}

describe('the start of a container', () => {
  for (const [what, aheadMs] of [
    ['right', 0],
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
    ['of 1970', 5000 - NOW],
  ] as const) {
    it(`told by a clock that is ${what} lies before its samples, and stays where it is`, () => {
      const starts = new ContainerStarts();
      const startedAtMs = NOW - 3000;
      const first = tell(starts, NOW, { aheadMs, startedAtMs, lateMs: 40 });
      assert.ok(Math.abs(first.startMs - startedAtMs) <= 40, `${first.startMs - startedAtMs} ms off`);
      for (const [after, lateMs] of [
        [1000, 0],
        [11_000, 900],
        [21_000, 15],
        [HOUR, 7000],
      ] as const) {
        const next = tell(starts, NOW + after, { aheadMs, startedAtMs, lateMs });
        assert.equal(next.startMs, first.startMs);
        assert.ok(next.startMs < first.sampleMs && first.sampleMs < next.sampleMs);
      }
    });
  }

  it('is what the status says where the clocks agree, from a restart of the controller to the next', () => {
    const startedAtMs = NOW - 60_000;
    for (const aheadMs of [-1500, 0, 1500]) {
      const { startMs } = tell(new ContainerStarts(), NOW, { aheadMs, startedAtMs });
      assert.equal(startMs, startedAtMs + aheadMs);
    }
  });

  it('is another one after a restart, and for one that is told under the same id', () => {
    const starts = new ContainerStarts();
    const before = tell(starts, NOW, { aheadMs: HOUR, startedAtMs: NOW - 9000 });
    const other = tell(starts, NOW + 10_000, { aheadMs: HOUR, startedAtMs: NOW + 4000, id: 'c2' });
    assert.ok(before.sampleMs < other.startMs && other.startMs < other.sampleMs);
    const again = tell(starts, NOW + 20_000, { aheadMs: HOUR, startedAtMs: NOW + 15_000, id: 'c2' });
    assert.equal(again.startMs, NOW + 15_000);
  });

  it('holds when somebody sets the agent’s clock', () => {
    const starts = new ContainerStarts();
    const startedAtMs = NOW - 9000;
    const before = tell(starts, NOW, { aheadMs: HOUR, startedAtMs });
    const report = statsReport({
      pods: [podUse({ containers: [containerUse({ id: 'c1', startedAtMs: startedAtMs + HOUR })] })],
      timeMs: NOW + 10_000,
    });
    const arrival = { atMs: NOW + 10_000, monotonicMs: NOW + 10_000 };
    assert.equal(starts.onOurClock(report, arrival)[0]?.containers[0]?.startedAtMs, before.startMs);
    const anew = new ContainerStarts().onOurClock(report, arrival)[0]?.containers[0]?.startedAtMs;
    assert.equal(anew, NOW + 9999, 'to who hears it only now it began a moment ago');
  });

  it('of an agent that does not tell the time is taken as it is, unless it is still to come', () => {
    const told = (aheadMs: number) => ({ aheadMs, startedAtMs: NOW - 9000, isTimed: false });
    assert.equal(tell(new ContainerStarts(), NOW, told(0)).startMs, NOW - 9000);
    const starts = new ContainerStarts();
    const { startMs } = tell(starts, NOW, { ...told(HOUR), ageMs: 500 });
    assert.equal(startMs, NOW - 501);
    assert.equal(tell(starts, NOW + 10_000, told(HOUR)).startMs, startMs);
  });

  it('is not known where it is not told', () => {
    const report = statsReport({ pods: [podUse({ containers: [containerUse({ startedAtMs: 0 })] })] });
    const [pod] = new ContainerStarts().onOurClock(report, { atMs: NOW, monotonicMs: 0 });
    assert.equal(pod?.containers[0]?.startedAtMs, 0);
  });

  it('is kept for one that is missing from a report, and given up in the end', () => {
    const starts = new ContainerStarts();
    const first = tell(starts, NOW, { aheadMs: HOUR, startedAtMs: NOW - 9000, lateMs: 300 });
    const other = { startedAtMs: NOW, id: 'c2' };
    tell(starts, NOW + 300_000, other);
    const late = { aheadMs: HOUR, startedAtMs: NOW - 9000 };
    assert.equal(tell(starts, NOW + 310_000, late).startMs, first.startMs);
    tell(starts, NOW + 1_000_000, other);
    assert.notEqual(tell(starts, NOW + 1_010_000, late).startMs, first.startMs, 'nobody keeps it for ever');
  });

  it('lies before every sample and moves for no report, whatever the clock and the way', () => {
    const way = fc.record({ gapMs: fc.integer({ min: 1000, max: 60_000 }), lateMs: fc.nat(5000) });
    fc.assert(
      fc.property(
        fc.integer({ min: -NOW + 60_000, max: 10 * HOUR }),
        fc.nat(50_000),
        fc.array(way, { minLength: 2, maxLength: 8 }),
        (aheadMs, ranMs, ways) => {
          const starts = new ContainerStarts();
          const found = new Set<number>();
          let [nowMs, firstMs] = [NOW, Number.POSITIVE_INFINITY];
          for (const { gapMs, lateMs } of ways) {
            nowMs += gapMs;
            const told = tell(starts, nowMs, { aheadMs, lateMs, startedAtMs: NOW - ranMs });
            found.add(told.startMs);
            firstMs = Math.min(firstMs, told.sampleMs);
            assert.ok(told.startMs > 0 && told.startMs < firstMs);
          }
          assert.equal(found.size, 1);
        },
      ),
    );
  });
});
