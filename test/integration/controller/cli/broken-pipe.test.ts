import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

const main = join(import.meta.dirname, '../../../../controller/main.ts');

test('a reader that stops early, as `head` does, is no failure of the command', async () => {
  const child = spawn(process.execPath, [main, 'status', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  assert.deepEqual({ code, said }, { code: 0, said: '' });
});
