import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { collectWhenQuiet } from '../../../common/quiet-collector.ts';
import { controllerNodeFlags } from '../../bench/process-memory.ts';
import { agentNodeFlags } from '../../kit/agent-node-flags.ts';
import { ManualClock } from '../../kit/manual-clock.ts';

const MIB = 1024 * 1024;

describe('memory is collected', () => {
  it('in the first quiet moment after it has grown, and not again before it grows again', async () => {
    const clock = new ManualClock();
    const heap = { size: 20 * MIB, busy: 0.6, collections: 0 };
    const stop = new AbortController();
    const running = collectWhenQuiet(
      {
        sizeBytes: () => heap.size,
        busyShare: () => heap.busy,
        collect() {
          heap.collections++;
          heap.size -= 6 * MIB;
        },
      },
      clock,
      stop.signal,
    );
    await clock.advance(60_000);
    assert.equal(heap.collections, 0, 'it works');
    heap.busy = 0.02;
    await clock.advance(5000);
    assert.equal(heap.collections, 1);
    await clock.advance(600_000);
    assert.equal(heap.collections, 1, 'nothing has grown');
    heap.size += 3 * MIB;
    await clock.advance(600_000);
    assert.equal(heap.collections, 1, 'not by much');
    heap.size += MIB;
    await clock.advance(5000);
    assert.equal(heap.collections, 2);
    stop.abort();
    await running;
  });

  for (const [program, flags] of [
    ['agent', agentNodeFlags()],
    ['controller', controllerNodeFlags()],
  ] as const)
    it(`with the flags that the ${program} is started with, and is given back`, () => {
      const source = join(import.meta.dirname, '../../../common/quiet-collector.ts');
      const script = `
      const { openHeap } = await import(${JSON.stringify(source)});
      const heap = openHeap();
      let grown = Array.from({ length: 300_000 }, (_, index) => ({ index }));
      const before = heap.sizeBytes();
      grown = undefined;
      heap.collect();
      const freed = before - heap.sizeBytes();
      await new Promise((resolve) => setImmediate(resolve));
      console.log(freed > ${4 * MIB}, heap.busyShare() > 0);`;
      const args = [...flags, '--input-type=module', '-e', script];
      assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }), 'true true\n');
    });
});
