import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const main = join(import.meta.dirname, '../../../controller/main.ts');

test('SIGTERM ends a controller that is still starting at once, with one line, whatever the API server does', async () => {
  const mute = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'longshore-start-'));
  try {
    const { port } = mute.address() as AddressInfo;
    const kubeconfig = join(folder, 'kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}` } }],
      users: [{ name: 'u', user: { token: 'x' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    const dialled = once(mute, 'connection');
    const args = ['controller', '--kubeconfig', kubeconfig, '--node-address', '127.0.0.1', '--no-mdns'];
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await dialled;
    const sentMs = performance.now();
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    assert.deepEqual({ code, said }, { code: 130, said: 'error: interrupted before it had started\n' });
    assert.ok(performance.now() - sentMs < 3000);
  } finally {
    mute.close();
    rmSync(folder, { recursive: true });
  }
});
