import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readPullProgress } from '../../../../agent/images/pull-progress.ts';

const GOOD = '{"status":"Pulling fs layer","id":"ä"}\r\n{"status":"Download complete"}\r\n';
const BAD = `${GOOD}{"errorDetail":{"message":"manifest unknown"},"error":"manifest unknown"}\r\n`;

async function* pieces(text: string, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  const edges = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  for (const [index, from] of edges.slice(0, -1).entries()) yield bytes.subarray(from, edges[index + 1]);
}

describe('readPullProgress', () => {
  it('ends well, or fails with the error inside the stream, wherever the transport cuts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 8 }), async (cuts) => {
        await readPullProgress(pieces(GOOD, cuts), () => {});
        await assert.rejects(
          readPullProgress(pieces(BAD, cuts), () => {}),
          /^Error: manifest unknown$/,
        );
      }),
    );
  });

  it('sees an error on a last line without an end', async () => {
    await assert.rejects(
      readPullProgress(pieces('{"error":"no space left on device"}', []), () => {}),
      /no space left/,
    );
  });

  it('says what it could not read', async () => {
    await assert.rejects(
      readPullProgress(pieces('<html>proxy</html>\n', []), () => {}),
      /unreadable progress line: <html>proxy/,
    );
  });

  it('does not collect a line without end', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; sent < 100; sent++) yield Buffer.alloc(1 << 18, 'x');
    }
    await assert.rejects(
      readPullProgress(endless(), () => {}),
      /without end/,
    );
    assert.ok(sent < 10);
  });

  it('tells of each piece as it comes', async () => {
    let heard = 0;
    await readPullProgress(pieces(GOOD, [10, 20]), () => heard++);
    assert.equal(heard, 3);
  });
});
