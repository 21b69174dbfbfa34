import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { controllerNodeFlags } from '../../../bench/process-memory.ts';

const SOURCE = join(import.meta.dirname, '../../../../controller/rpc/passing-bytes.ts');

/** How often the whole heap, of some 20 MB, is collected while 100 MB pass that are copied once, with the controller's flags. */
function majorCollections(passed: string): number {
  const script = `
  import { constants, PerformanceObserver } from 'node:perf_hooks';
  import { setImmediate } from 'node:timers/promises';
  const { createYoungCollector } = await import(${JSON.stringify(SOURCE)});
  const heap = Array.from({ length: 300_000 }, (_, index) => ({ index }));
  gc();
  let majors = 0;
  new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) majors++;
  }).observe({ entryTypes: ['gc'] });
  const passed = ${passed};
  const held = [];
  for (let bytes = 0; bytes < 100e6; bytes += 65_536) {
    held.push(Buffer.concat([Buffer.allocUnsafeSlow(65_536)]));
    if (held.length > 16) held.shift();
    passed(65_536);
    await setImmediate();
  }
  await setImmediate();
  console.log(majors, heap.length);`;
  const args = [...controllerNodeFlags(), '--input-type=module', '-e', script];
  return Number.parseInt(execFileSync(process.execPath, args, { encoding: 'utf8' }), 10);
}

describe('the memory of bytes that pass through', () => {
  it('is given back before the whole heap is marked for it', () => {
    const without = majorCollections('() => undefined');
    const collected = majorCollections('createYoungCollector()');
    // On a busy machine V8 finds a moment for one of its own.
    assert.ok(collected * 3 <= without, `${collected} with it, ${without} without`);
  });
});
