import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { jsonLines } from '../../../../agent/runtime/json-lines.ts';

async function read(chunks: readonly Uint8Array[]): Promise<unknown[]> {
  const source = async function* () {
    yield* chunks;
  };
  const found: unknown[] = [];
  for await (const value of jsonLines(source())) found.push(value);
  return found;
}

describe('jsonLines', () => {
  it('reads the same however the bytes are cut', async () => {
    const values = fc.array(fc.jsonValue().filter((value) => value !== null));
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: 1, max: 7 }), async (objects, size) => {
        const bytes = Buffer.from(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        assert.deepEqual(await read(chunks), JSON.parse(JSON.stringify(objects)));
      }),
    );
  });

  it('passes over what is no JSON, and reads a last line without an end', async () => {
    assert.deepEqual(await read([Buffer.from('{"a":1}\nnonsense\n\n{"b":2}')]), [{ a: 1 }, { b: 2 }]);
  });

  it('does not collect a line without end', async () => {
    const chunk = Buffer.alloc(512 * 1024, 'x');
    await assert.rejects(read([chunk, chunk, chunk]), /without end/);
  });
});
