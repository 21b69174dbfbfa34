import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createTerminalTimes } from '../../../../agent/runtime/terminal-times.ts';

const PIECE_BYTES = 16 * 1024;
const TIME = '2026-01-01T00:00:00.123456789Z ';

function read(log: string, cuts: readonly number[] = []): string {
  const times = createTerminalTimes();
  const bytes = Buffer.from(log);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  return Buffer.concat([...chunks.map((chunk) => times.read(chunk)), times.end()]).toString();
}

/** As Docker gives it: its time before each piece. */
function pieces(time: string, line: string): string {
  const whole = Array.from({ length: Math.ceil(line.length / PIECE_BYTES) }, (_, index) =>
    line.slice(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
  );
  return whole.map((piece) => `${time}${piece}`).join('');
}

describe('the times in the log of a terminal', () => {
  const long = 'x'.repeat(40_000);

  it('are one for each line, however many pieces Docker keeps it in', () => {
    const next = TIME.replace('123', '124');
    const log = `${TIME}a\r\n${pieces(TIME, `${long}\r\n`)}${next}\r\n${pieces(next, long)}`;
    assert.equal(read(log), `${TIME}a\r\n${TIME}${long}\r\n${next}\r\n${next}${long}`);
  });

  it('are left where a program has written them', () => {
    const written = `${TIME}2026-01-01T00:00:00.123456788Z one ${TIME.slice(0, -1)}\r\n`;
    assert.equal(read(written), written);
    const toTheSecond = '2026-01-01T00:00:00Z 2026-01-01T00:00:00Z started\r\n';
    assert.equal(read(toTheSecond), toTheSecond);
  });

  it('hold nothing back that is no time', () => {
    const times = createTerminalTimes();
    assert.equal(times.read(Buffer.from(`${TIME}name: `)).toString(), `${TIME}name: `);
    assert.equal(times.read(Buffer.from('2')).toString(), '');
    assert.equal(times.read(Buffer.from('3')).toString(), '23');
  });

  it('are the same wherever the bytes are cut', () => {
    const line = fc.record({
      nanos: fc.integer({ min: 0, max: 99 }),
      text: fc.oneof(
        fc.string({ unit: fc.constantFrom('2', '0', '-', ' ', 'x', ':') }),
        fc.constantFrom(long, 'y'.repeat(PIECE_BYTES), '2'.repeat(PIECE_BYTES + 3)),
      ),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 20 }), (lines, cuts) => {
        const timed = lines.map(({ nanos, text }) => ({
          time: TIME.replace('89Z', `${String(nanos).padStart(2, '0')}Z`),
          line: `${text}\r\n`,
        }));
        const log = timed.map(({ time, line }) => pieces(time, line)).join('');
        assert.equal(read(log, cuts), timed.map(({ time, line }) => `${time}${line}`).join(''));
      }),
    );
  });

  it('that are not there are no log of Docker’s', () => {
    assert.throws(() => read('x'.repeat(50)), /out of step/);
  });
});
