import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Benchmark, Target } from '../../bench/benchmark.ts';
import { parseSmapsRollup, readCpuSeconds } from '../../bench/process-memory.ts';
import { renderResults } from '../../bench/render.ts';
import {
  type BenchmarkResult,
  type FigureResult,
  isMet,
  mergeResults,
  resultLine,
  targetText,
} from '../../bench/results.ts';
import { measure } from '../../bench/rounds.ts';
import { perSecond, summarise } from '../../bench/statistics.ts';

test('moments a second apart are once a second, however few', () => {
  assert.equal(perSecond([500, 1500]), 1);
  assert.equal(perSecond([0, 1000, 2000, 3000]), 1);
  assert.equal(perSecond([0, 100, 200, 300, 400]), 10);
  assert.equal(perSecond([]), 0);
  assert.equal(perSecond([7]), 0);
});

describe('summarise', () => {
  for (const [samples, median, min, max] of [
    [[5], 5, 5, 5],
    [[3, 1, 2], 2, 1, 3],
    [[10, 1, 2, 3], 2.5, 1, 10],
  ] as const) {
    it(`finds the middle of ${samples.join(', ')}`, () => {
      assert.deepEqual(summarise(samples), { median, min, max, samples });
    });
  }

  it('refuses to make something of nothing', () => {
    assert.throws(() => summarise([]), /no samples/);
  });
});

/** Measures 100, 101, … for ours and 50 for the floor, and notes in which order it was asked. */
function scripted(calls: string[], fail?: string): Benchmark<'time'> {
  const note = (call: string) => {
    calls.push(call);
    if (call === fail) throw new Error(`${call} went wrong`);
  };
  return {
    name: 'scripted',
    what: 'A script.',
    figures: { time: { unit: 'ms', target: { kind: 'ratio', atMost: 2 } } },
    rounds: 3,
    setup: async () => note('setup'),
    run: async (round) => {
      note(`run ${round}`);
      return { time: 100 + round };
    },
    floor: async (round) => {
      note(`floor ${round}`);
      return { time: 50 };
    },
    teardown: async () => note('teardown'),
  };
}

describe('measure', () => {
  it('takes turns, and leaves the first round out', async () => {
    const calls: string[] = [];
    const [result] = await measure(scripted(calls), { say: () => {} });
    assert.deepEqual(calls, [
      'setup',
      ...['floor 0', 'run 0', 'run 1', 'floor 1', 'floor 2', 'run 2', 'run 3', 'floor 3'],
      'teardown',
    ]);
    assert.deepEqual(result?.ours.samples, [101, 102, 103]);
    assert.deepEqual(result?.floor, { median: 50, min: 50, max: 50, samples: [50, 50, 50] });
  });

  it('counts every round where the setup warms up', async () => {
    const calls: string[] = [];
    const [result] = await measure({ ...scripted(calls), isWarm: true }, { say: () => {} });
    assert.equal(result?.ours.samples.length, 3);
    assert.equal(calls.includes('run 0'), false);
  });

  it('needs no floor where a target is absolute', async () => {
    const { floor: _none, ...script } = scripted([]);
    const figures = { time: { unit: 'ms', target: { kind: 'absolute', atMost: 150 } } } as const;
    const [result] = await measure({ ...script, figures }, { say: () => {} });
    assert.ok(result);
    assert.equal(result.floor, undefined);
    assert.equal(isMet(result), true);
    assert.match(resultLine('scripted', result), /time 102 ms \(101 to 103\), target at most 150 ms: met$/);
  });

  for (const fail of ['setup', 'run 1']) {
    it(`cleans up when ${fail} fails`, async () => {
      const calls: string[] = [];
      await assert.rejects(measure(scripted(calls, fail), { say: () => {} }), new RegExp(fail));
      assert.equal(calls.at(-1), 'teardown');
    });
  }
});

function figure(target: Target, ours: number, floor: number): FigureResult {
  return { figure: 'start', unit: 'ms', target, ours: summarise([ours]), floor: summarise([floor]) };
}

describe('a target', () => {
  const cases: [target: Target, ours: number, floor: number, met: boolean, line: RegExp][] = [
    [
      { kind: 'ratio', atMost: 1.15 },
      356,
      330,
      true,
      /356 ms \(356 to 356\), floor 330 ms, ratio 1\.08x, .*1\.15x: met$/,
    ],
    [{ kind: 'ratio', atMost: 1.15 }, 400, 330, false, /ratio 1\.21x, target at most 1\.15x: MISSED$/],
    [{ kind: 'difference', atMost: 18 }, 60, 44, true, /floor 44 ms, \+16 ms, target at most \+18 ms: met$/],
    [{ kind: 'difference', atMost: 18 }, 63, 44, false, /\+19 ms, .*MISSED$/],
    [{ kind: 'difference', atMost: 18 }, 40, 44, true, /, -4 ms, /],
    [{ kind: 'absolute', atMost: 25 }, 25, 9, true, /ratio 2\.78x, target at most 25 ms: met$/],
    [{ kind: 'absolute', atMost: 25 }, 26, 9, false, /MISSED$/],
    [{ kind: 'ratio', atLeast: 0.7 }, 70, 100, true, /ratio 0\.70x, target at least 0\.70x: met$/],
    [{ kind: 'ratio', atLeast: 0.7 }, 69, 100, false, /ratio 0\.69x, target at least 0\.70x: MISSED$/],
  ];
  for (const [target, ours, floor, met, line] of cases) {
    it(`of ${target.kind} ${targetText(figure(target, ours, floor))} with ${ours} against ${floor} is ${met ? 'met' : 'missed'}`, () => {
      const result = figure(target, ours, floor);
      assert.equal(isMet(result), met);
      assert.match(resultLine('pod-start', result), line);
    });
  }
});

test('a round is compared with its own floor, whatever the machine did in others', () => {
  const result = {
    ...figure({ kind: 'ratio', atMost: 1.3 }, 0, 0),
    ours: summarise([12, 120, 65]),
    floor: summarise([10, 100, 50]),
  };
  assert.match(resultLine('exec', result), /exec: start 65 ms .*, floor 50 ms, ratio 1\.20x, .*: met$/);
  const more = { ...result, target: { kind: 'difference', atMost: 15 } } as const;
  assert.match(resultLine('exec', more), /, \+15 ms, .*: met$/);
});

describe('the results kept', () => {
  const result = (what: string): BenchmarkResult => ({
    what,
    measuredAt: '2026-01-02T03:04:05.000Z',
    commit: 'abc1234',
    rounds: 5,
    machine: { processor: 'X', cores: 2, memoryGiB: 8, system: 'Debian', docker: '20.10', node: 'v24' },
    figures: [figure({ kind: 'ratio', atMost: 1.15 }, 400, 330)],
  });

  it('change only where something was measured', () => {
    const before = { b: result('old b'), a: result('old a') };
    const after = mergeResults(before, { b: result('new b'), c: result('new c') });
    assert.deepEqual(
      Object.entries(after).map(([name, { what }]) => [name, what]),
      [
        ['a', 'old a'],
        ['b', 'new b'],
        ['c', 'new c'],
      ],
    );
  });

  it('are shown with machine, date and what missed its target', () => {
    const page = renderResults({ 'pod-start': result('How long.') });
    assert.match(page, /^## pod-start\n\nHow long\.\n/m);
    assert.match(
      page,
      /\| start \| 400 ms \(400 to 400\) \| 330 ms \| ratio 1\.21x \| at most 1\.15x \| \*\*no\*\* \|/,
    );
    assert.match(
      page,
      /5 rounds on 2026-01-02 at abc1234: 2 × X, 8 GiB, Debian, Docker 20\.10, Node\.js v24\./,
    );
  });
});

test('the processor time of a process is in seconds, and grows', () => {
  const before = readCpuSeconds(process.pid);
  // Of its own time: other processes may have all of the machine's.
  const spent = process.cpuUsage();
  while (process.cpuUsage(spent).user < 50_000);
  const used = readCpuSeconds(process.pid) - before;
  assert.ok(used > 0 && used < 5, `${used}`);
});

describe('parseSmapsRollup', () => {
  it('reads what is resident and what is anonymous', () => {
    const text =
      '00400000-7ff [rollup]\nRss:               45056 kB\nPss: 1 kB\nAnonymous:          9216 kB\n';
    assert.deepEqual(parseSmapsRollup(text), { rssMiB: 44, anonymousMiB: 9 });
    assert.throws(() => parseSmapsRollup(''), /says nothing of Rss/);
  });
});
