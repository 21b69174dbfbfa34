import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../../common/clock.ts';
import { choosePorts, createFolders, readState, sandboxLayout, writeState } from '../../../sandbox/layout.ts';
import {
  isAlive,
  lastLogLines,
  lastWords,
  type ProcessRecord,
  startProcess,
  stopProcess,
} from '../../../sandbox/process.ts';
import { eventually } from '../../kit/eventually.ts';

describe("the sandbox's processes", () => {
  let folder: string;
  const started: ProcessRecord[] = [];
  const start = (name: string, script: string): ProcessRecord => {
    const file = join(folder, `${name}.cjs`);
    writeFileSync(file, script);
    const record = startProcess({ name, args: [file], logFile: join(folder, `${name}.log`) });
    started.push(record);
    return record;
  };
  const until = (record: ProcessRecord, text: string) =>
    eventually(() => lastLogLines(record.logFile, 5).includes(text), { what: `'${text}' in its log` });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'longshore-process-'));
  });
  after(async () => {
    await Promise.all(started.map((record) => stopProcess(record, 0, systemClock)));
    rmSync(folder, { recursive: true, force: true });
  });

  it('stop when asked, and their log stays readable', async () => {
    const record = start('polite', "console.log('up'); setInterval(() => {}, 1000);");
    await until(record, 'up');
    assert.ok(isAlive(record));
    await stopProcess(record, 10_000, systemClock);
    assert.ok(!isAlive(record));
    assert.equal(lastLogLines(record.logFile, 1), 'up');
  });

  it('say why they ended, whatever was logged around it', async () => {
    const record = start(
      'failing',
      `console.log('{"msg":"begins"}'); console.error('error: no room here'); console.log('{"msg":"ends"}');`,
    );
    await until(record, 'ends');
    assert.equal(lastWords(record.logFile), 'error: no room here');
    assert.equal(lastWords(join(folder, 'none.log')), '(no log)');
  });

  it('are killed when they do not stop in time', async () => {
    const record = start(
      'stubborn',
      "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000);",
    );
    await until(record, 'up');
    await stopProcess(record, 200, systemClock);
    assert.ok(!isAlive(record));
  });

  it('are not mistaken for another process with the same pid', () => {
    const record: ProcessRecord = { name: 'x', pid: process.pid, startTicks: '1', logFile: '' };
    assert.equal(isAlive(record), false);
  });
});

describe("the sandbox's state", () => {
  it('is read back as written, absent when there is none, and refused when damaged', () => {
    const folder = mkdtempSync(join(tmpdir(), 'longshore-layout-'));
    try {
      const layout = sandboxLayout(join(folder, 'new'));
      assert.equal(readState(layout), undefined);
      createFolders(layout, ['agent-1']);
      const state = {
        ports: { api: 1, grpc: 2, kubelet: 3, metrics: 4 },
        controlPlane: 'builtin' as const,
        nodes: 'one' as const,
        processes: [],
      };
      writeState(layout, state);
      assert.deepEqual(readState(layout), state);
      writeFileSync(layout.stateFile, '{');
      assert.throws(() => readState(layout), /is damaged; remove .* by hand/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has ports that are all different', async () => {
    const { api, grpc, kubelet } = await choosePorts();
    assert.equal(new Set([api, grpc, kubelet]).size, 3);
  });
});
