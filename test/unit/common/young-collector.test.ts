import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { controllerNodeFlags } from '../../bench/process-memory.ts';
import { agentNodeFlags } from '../../kit/agent-node-flags.ts';

const SOURCE = join(import.meta.dirname, '../../../common/young-collector.ts');

/** How often the whole heap, of some 20 MB, is collected while 400 MB pass in pieces that are copied once. */
function majorCollections(flags: readonly string[], pieceBytes: number, passed: string): number {
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
  for (let bytes = 0; bytes < 400e6; bytes += ${pieceBytes}) {
    held.push(Buffer.concat([Buffer.allocUnsafeSlow(${pieceBytes})]));
    if (held.length * ${pieceBytes} > 1e6) held.shift();
    passed(${pieceBytes});
    await setImmediate();
  }
  await setImmediate();
  console.log(majors, heap.length);`;
  const args = [...flags, '--input-type=module', '-e', script];
  return Number.parseInt(execFileSync(process.execPath, args, { encoding: 'utf8' }), 10);
}

describe('the memory of bytes that pass through', () => {
  const programs = [
    { name: 'the controller', flags: controllerNodeFlags(), pieceBytes: 64 * 1024, afterMiB: 2 },
    { name: 'the agent', flags: agentNodeFlags(), pieceBytes: 256 * 1024, afterMiB: 8 },
  ];
  for (const { name, flags, pieceBytes, afterMiB } of programs)
    it(`is given back before the whole heap of ${name} is marked for it`, () => {
      const without = majorCollections(flags, pieceBytes, '() => undefined');
      const collected = majorCollections(
        flags,
        pieceBytes,
        `createYoungCollector(${afterMiB} * 1024 * 1024)`,
      );
      // On a busy machine V8 finds a moment for one of its own.
      assert.ok(collected * 3 <= without, `${collected} with it, ${without} without`);
    });
});
