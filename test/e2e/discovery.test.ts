// An agent that is given a token and nothing else finds its controller by mDNS. In a network namespace with loopback, a
// multicast route, and nothing else: nobody but the test can answer.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { runCommand } from '../kit/command.ts';

it('an agent finds the controller by mDNS and joins with its token', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-mdns-'));
  const setUp = 'ip link set lo up && ip route add 224.0.0.0/4 dev lo src 127.0.0.1 && exec "$@"';
  const scenario = [process.execPath, join(import.meta.dirname, '../kit/mdns-scenario.ts'), folder];
  try {
    const result = await runCommand('unshare', ['--net', 'sh', '-c', setUp, 'sh', ...scenario]);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^joined$/m);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
