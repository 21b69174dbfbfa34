import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createTailFinder, type LogPiece } from '../../../../agent/pod/log-tail.ts';

/** `o1` a piece of stdout at time 1 that ends its line, `o1-` one that does not; `e` is stderr. */
function piece(text: string): LogPiece {
  const [, channel = '', time = '', open] = /^([oe])(\d+)(-?)$/.exec(text) ?? [];
  return { channel, time: time.padStart(9, '0'), endsLine: open === '' };
}

function start(pieces: readonly LogPiece[], lines: number, whole = false) {
  const finder = createTailFinder(lines);
  for (const each of pieces) finder.take(each);
  return finder.start(whole);
}

describe('where the last lines of a log begin', () => {
  const cases: [pieces: string, lines: number, expected: string][] = [
    ['o1 o2 o3', 2, 'pieces'],
    ['o1 o2 o3', 3, 'further'],
    ['o1', 1, 'further'],
    ['', 1, 'further'],
    ['o1- o1 o2', 1, 'pieces'],
    ['o1 o2- o2- o2', 1, 'from 2'],
    ['o1 o2- o2- o2 o3', 2, 'from 2'],
    ['o2- o2- o2', 1, 'further'],
    ['o1 o2- o2-', 1, 'from 2'],
    // Lines of two streams in one another.
    ['o1 o2- e3 o2 o4', 2, 'from 3'],
    ['o1 o2- e3 o2', 2, 'from 2'],
    ['o1 e2 o3', 2, 'pieces'],
    // What the window shows of stderr first may be the end of a line from before it.
    ['o2 e1 o3', 1, 'pieces'],
    ['o2 e1 o3', 2, 'further'],
  ];
  for (const [pieces, lines, expected] of cases) {
    it(`${lines} of '${pieces}': ${expected}`, () => {
      const found = start(pieces.split(' ').filter(Boolean).map(piece), lines);
      assert.equal(found.kind === 'from' ? `from ${Number(found.time)}` : found.kind, expected);
    });
  }

  it('is the beginning of a log that has no more', () => {
    assert.deepEqual(start([piece('o1-'), piece('o1')], 5, true), { kind: 'beginning' });
  });

  it('is found for any log and any window of it', () => {
    const logs = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        logs,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 40 }),
        (sizes, lines, cut) => {
          const all = sizes.flatMap((count, line) =>
            Array.from({ length: count }, (_, index) => piece(`o${line + 1}${index < count - 1 ? '-' : ''}`)),
          );
          const seen = all.slice(cut);
          const found = start(seen, lines, cut === 0);
          const from = Math.max(1, sizes.length - lines + 1);
          const wanted = all.filter(({ time }) => Number(time) >= from);
          switch (found.kind) {
            case 'pieces':
              return assert.deepEqual(all.slice(-lines), wanted);
            case 'from':
              return assert.deepEqual(
                all.filter(({ time }) => time >= found.time),
                wanted,
              );
            case 'beginning':
              return assert.deepEqual(all, wanted);
            default:
              // One piece more than the lines, and of the line before them, is enough to tell.
              return assert.ok(cut > 0 && seen.length <= wanted.length);
          }
        },
      ),
    );
  });
});
