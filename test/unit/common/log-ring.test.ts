import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LogRing } from '../../../common/log-ring.ts';

async function all(ring: LogRing, tailLines?: number): Promise<string> {
  const parts: string[] = [];
  for await (const part of ring.read({ tailLines, follow: false }, new AbortController().signal)) {
    parts.push(part.toString());
  }
  return parts.join('');
}

describe('the last lines of a log', () => {
  it('are kept within their bounds', async () => {
    const ring = new LogRing(10);
    assert.equal(await all(ring), '');
    for (const line of ['aaa\n', 'bbb\n', 'ccc\n']) ring.write(line);
    assert.equal(await all(ring), 'bbb\nccc\n');
    ring.write('a line that is larger than all\n');
    assert.equal(await all(ring), '');
  });

  it('are read from the end', async () => {
    const ring = new LogRing(100);
    for (const line of ['a\n', 'b\n', 'c\n']) ring.write(line);
    assert.equal(await all(ring, 2), 'b\nc\n');
    assert.equal(await all(ring, 0), '');
    assert.equal(await all(ring, 9), 'a\nb\nc\n');
  });

  it('are followed until the reader leaves, who is told of what it missed', async () => {
    const ring = new LogRing(10);
    ring.write('a\n');
    const leaving = new AbortController();
    const reading = ring.read({ tailLines: 0, follow: true }, leaving.signal);
    const next = async () => (await reading.next()).value?.toString();
    const first = next();
    ring.write('b\n');
    assert.equal(await first, 'b\n');
    for (const line of ['cccc\n', 'dddd\n', 'eeee\n']) ring.write(line);
    assert.match(String(await next()), /^\{"level":"warn","msg":"1 lines are missing here"\}\n$/);
    assert.equal(await next(), 'dddd\neeee\n');
    const last = next();
    leaving.abort();
    assert.equal(await last, undefined);
  });
});
