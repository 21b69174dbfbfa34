import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { runProgram } from '../../../../agent/volumes/run-program.ts';
import { eventually } from '../../../kit/eventually.ts';

const shell = (script: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  runProgram({ program: 'sh', args: ['-c', script], timeoutMs: 60_000, ...more });

describe('a program of the system', () => {
  it('is over when it has ended well, whatever it has started', async () => {
    const began = performance.now();
    await shell('sleep 30 >&2 & exit 0');
    assert.ok(performance.now() - began < 10_000);
  });

  it('says what it complained of, or how it ended', async () => {
    await assert.rejects(shell('echo no >&2; echo way >&2; exit 32'), { message: 'no way' });
    await assert.rejects(shell('exit 32'), { message: 'sh ended with 32' });
    await assert.rejects(shell('kill -9 $$'), { message: 'sh ended with SIGKILL' });
    const missing = { program: 'no-such-program', args: [], timeoutMs: 1000 };
    await assert.rejects(runProgram(missing), { message: /^cannot run no-such-program \(.*ENOENT/ });
  });

  it('is killed with all that it has started when it takes too long', async () => {
    const title = `30.${process.pid}`;
    const began = performance.now();
    const late = shell(`sleep ${title} & wait`, { timeoutMs: 300 });
    await assert.rejects(late, { code: 'unavailable', message: 'no answer within 0.3 s' });
    assert.ok(performance.now() - began < 10_000);
    await eventually(async () => !(await isRunning(title)), { what: 'the end of its child' });
  });

  it('is killed when nobody wants its end any more', async () => {
    const stop = new AbortController();
    const running = shell('sleep 30', { signal: stop.signal });
    stop.abort(new Error('the pod goes'));
    await assert.rejects(running, /the pod goes/);
    await assert.rejects(shell('exit 0', { signal: stop.signal }), /the pod goes/);
  });
});

async function isRunning(argument: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.some((line) => line.split('\0').includes(argument));
}
