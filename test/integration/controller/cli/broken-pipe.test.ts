import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const main = join(import.meta.dirname, '../../../../controller/main.ts');

const start = (argv: readonly string[], stdout: 'pipe' | number) =>
  spawn(process.execPath, [main, ...argv], { stdio: ['ignore', stdout, 'pipe'] });

async function ending(child: ChildProcess) {
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, said };
}

describe('output that cannot be written', () => {
  it('is no failure where the reader stops early, as `head` does', async () => {
    const child = start(['status', '--help'], 'pipe');
    child.stdout?.destroy();
    assert.deepEqual(await ending(child), { code: 0, said: '' });
  });

  it('is told where the disk is full', async () => {
    const full = openSync('/dev/full', 'w');
    const { code, said } = await ending(start(['status', '--help'], full));
    closeSync(full);
    assert.equal(code, 1);
    assert.match(said, /^error: cannot write the output: .*ENOSPC.*\n$/);
  });
});
