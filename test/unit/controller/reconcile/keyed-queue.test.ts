import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../../common/clock.ts';
import { expositionText } from '../../../../common/metrics/exposition.ts';
import { createQueueMetrics } from '../../../../controller/metrics/queue-metrics.ts';
import { createKeyedQueue } from '../../../../controller/reconcile/keyed-queue.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

function aQueue(work: (key: string) => Promise<void>, concurrency = 2) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const failures: string[] = [];
  const queue = createKeyedQueue({ clock, concurrency, work, onFailure: (key) => failures.push(key) });
  return { clock, queue, stop, failures, done: queue.run(stop.signal) };
}

test('a key added again while it is worked on is worked on once more, and never twice at a time', async () => {
  const gates: (() => void)[] = [];
  let active = 0;
  const { clock, queue, stop, done } = aQueue(async () => {
    active += 1;
    assert.equal(active, 1);
    await new Promise<void>((resolve) => gates.push(resolve));
    active -= 1;
  });
  queue.add('a');
  await clock.advance(0);
  queue.add('a');
  queue.add('a');
  await clock.advance(0);
  assert.equal(gates.length, 1);
  gates[0]?.();
  await clock.advance(0);
  assert.equal(gates.length, 2);
  gates[1]?.();
  await clock.advance(0);
  assert.equal(queue.size, 0);
  stop.abort();
  await done;
});

test('no more keys than allowed are worked on at once, and one that hangs delays no other', async () => {
  const started: string[] = [];
  let release = () => {};
  const { clock, queue, stop, done } = aQueue((key) => {
    started.push(key);
    return key === 'slow'
      ? new Promise<void>((resolve) => {
          release = resolve;
        })
      : Promise.resolve();
  });
  for (const key of ['slow', 'a', 'b', 'c']) queue.add(key);
  await clock.advance(0);
  assert.deepEqual(started, ['slow', 'a', 'b', 'c']);
  assert.equal(queue.size, 1);
  release();
  stop.abort();
  await done;
});

test('a failure is retried with growing delays, forgotten by a success', async () => {
  const attempts: number[] = [];
  let failing = true;
  const { clock, queue, stop, failures, done } = aQueue(async () => {
    attempts.push(clock.monotonicMs());
    if (failing) throw new Error('not yet');
  });
  queue.add('a');
  await clock.advance(1500);
  const [first = 0, second = 0, third = 0] = attempts;
  assert.ok(second - first >= 160 && second - first <= 200, `${second - first}`);
  assert.ok(third - second >= 320 && third - second <= 400, `${third - second}`);
  assert.ok(failures.length >= 3);
  failing = false;
  await clock.advance(60_000);
  const settled = attempts.length;
  await clock.advance(60_000);
  assert.equal(attempts.length, settled);
  stop.abort();
  await done;
});

test('stopping wakes what waits for its retry and ends', async () => {
  const { clock, queue, stop, done } = aQueue(() => Promise.reject(new Error('no')));
  queue.add('a');
  await clock.advance(0);
  assert.equal(clock.sleepers, 1);
  stop.abort();
  await done;
  assert.equal(clock.sleepers, 0);
});

test('where every key fails at once, others have their turn', async () => {
  const stop = new AbortController();
  let failures = 0;
  const queue = createKeyedQueue({
    clock: systemClock,
    concurrency: 16,
    work: () => Promise.reject(new Error('no')),
    onFailure: () => {
      failures += 1;
    },
  });
  for (let key = 0; key < 5000; key++) queue.add(`key-${key}`);
  const done = queue.run(stop.signal);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(failures < 500, `${failures} failed before anybody else had a turn`);
  stop.abort();
  await done;
});

test('a key that comes when nothing was to do has its turn at once', async () => {
  const started: string[] = [];
  const { clock, queue, stop, done } = aQueue(async (key) => {
    started.push(key);
  });
  await clock.advance(1000);
  queue.add('a');
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assert.deepEqual(started, ['a']);
  stop.abort();
  await done;
});

test('keys on which there is little to do do not hold up what else the process does', async () => {
  const stop = new AbortController();
  let worked = 0;
  const queue = createKeyedQueue({
    clock: systemClock,
    concurrency: 16,
    async work() {
      worked += 1;
      const untilMs = systemClock.monotonicMs() + 1;
      while (systemClock.monotonicMs() < untilMs);
    },
    onFailure: () => undefined,
  });
  for (let key = 0; key < 1000; key++) queue.add(`key-${key}`);
  const done = queue.run(stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(worked < 100, `${worked} of 1000 were worked on in one turn`);
  stop.abort();
  await done;
});

test('workers that take long do not take one turn all together', async (t) => {
  const stop = new AbortController();
  t.after(() => stop.abort());
  let elapsedMs = 0;
  let endOthersTurn = () => {};
  const clock = {
    now: () => elapsedMs,
    monotonicMs: () => elapsedMs,
    sleep: (ms: number, signal?: AbortSignal) =>
      ms > 0
        ? systemClock.sleep(ms, signal)
        : new Promise<void>((resolve) => {
            endOthersTurn = resolve;
          }),
  };
  let worked = 0;
  const queue = createKeyedQueue({
    clock,
    concurrency: 16,
    async work() {
      worked += 1;
      elapsedMs += 50;
    },
    onFailure: () => undefined,
  });
  for (let key = 0; key < 32; key++) queue.add(`key-${key}`);
  void queue.run(stop.signal);
  for (let turn = 1; turn <= 32; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(worked, turn);
    endOthersTurn();
  }
});

test('ten thousand keys that wait for their time share one sleeper, and each comes at its own', async () => {
  const worked: string[] = [];
  const { clock, queue, stop, done } = aQueue(async (key) => {
    worked.push(key);
  });
  for (let key = 0; key < 10_000; key++) queue.addAfter(`late-${key}`, 30_000);
  queue.addAfter('soon', 10);
  await clock.advance(20);
  assert.deepEqual(worked, ['soon']);
  assert.equal(clock.sleepers, 1);
  await clock.advance(30_000);
  assert.equal(worked.length, 10_001);
  stop.abort();
  await done;
});

test('its meter hears how many keys wait, how long they did, and how long each was worked on', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const metrics = createQueueMetrics();
  const queue = createKeyedQueue({
    ...{ clock, concurrency: 1, meter: metrics.meter('pods'), onFailure: () => {} },
    async work(key, signal) {
      await clock.sleep(200, signal);
      if (key === 'bad') throw new Error('no');
    },
  });
  const shows = (line: string) => {
    const all = [...expositionText(metrics.families())].join('');
    assert.ok(all.includes(`\n${line}\n`), `${line} is missing in\n${all}`);
  };
  queue.add('good');
  queue.add('bad');
  queue.add('good');
  shows('workqueue_depth{name="pods"} 2');
  const done = queue.run(stop.signal);
  await clock.advance(100);
  shows('workqueue_depth{name="pods"} 1');
  await clock.advance(400);
  shows('workqueue_depth{name="pods"} 0');
  shows('workqueue_adds_total{name="pods"} 2');
  shows('workqueue_retries_total{name="pods"} 1');
  shows('workqueue_queue_duration_seconds_count{name="pods"} 2');
  shows('workqueue_queue_duration_seconds_bucket{name="pods",le="0.1"} 1');
  shows('workqueue_work_duration_seconds_bucket{name="pods",le="0.1"} 0');
  stop.abort();
  await done;
});
