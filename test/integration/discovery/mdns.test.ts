import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createDiscovery } from '../../../agent/discovery/discovery.ts';
import { systemClock } from '../../../common/clock.ts';
import { LongshoreError } from '../../../common/errors.ts';
import { quietLog } from '../../kit/rpc-fixture.ts';

const root = join(import.meta.dirname, '../../..');

/** A program of our own as a command line, the way the executables call their helpers. */
const evaluate = (source: string, ...args: string[]): [string, ...string[]] => [
  process.execPath,
  '--input-type=module',
  '--eval',
  source,
  ...args,
];
const BROWSE = `
  const { runMdnsBrowse } = await import('${root}/agent/discovery/mdns-browse.ts');
  try { await runMdnsBrowse((line) => console.log(line)); process.exit(0); }
  catch (error) { console.error(error.message); process.exit(1); }`;

/** Both sides in one process, to be run where the test's own network is. */
const BOTH = `
  const { advertise } = await import('${root}/controller/rpc/advertise.ts');
  const { createDiscovery } = await import('${root}/agent/discovery/discovery.ts');
  const { systemClock: clock } = await import('${root}/common/clock.ts');
  const { createLog } = await import('${root}/common/log.ts');
  const log = createLog({ name: 'test', level: 'info' });
  const evaluate = (source) => [process.execPath, '--input-type=module', '--eval', source, '--'];
  const announcing = ['a', 'b'].map((digit, index) =>
    advertise({ port: 7443 + index, caHash: digit.repeat(64) }, { clock, log, helperCommand: evaluate(${JSON.stringify(`
      const { runMdnsAdvertise } = await import('${root}/controller/rpc/advertise.ts');
      await runMdnsAdvertise(process.argv.slice(1));
      process.exit(0);`)}) }));
  const found = [];
  for (const digit of ['b', 'a']) {
    const caHash = digit.repeat(64);
    found.push(await createDiscovery({ clock, log, caHash, helperCommand: evaluate(process.env.BROWSE) }).find(new AbortController().signal));
  }
  console.log(found.join(' '));
  for (const each of announcing) await each[Symbol.asyncDispose]();`;

/** In a network of its own that has loopback with a multicast route and nothing else. */
async function inOwnNetwork(
  command: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const setUp = 'ip link set lo up && ip route add 224.0.0.0/4 dev lo src 127.0.0.1 && exec "$@"';
  const child = spawn('unshare', ['--net', 'sh', '-c', setUp, 'sh', ...command], {
    env: { ...process.env, BROWSE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('mDNS', () => {
  it('leads an agent to the controller of its own fleet', { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await inOwnNetwork(evaluate(BOTH));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^127\.0\.0\.1:7444 127\.0\.0\.1:7443$/m);
  });

  it('says where there is no multicast that an address is needed', { timeout: 60_000 }, async () => {
    const [program, ...args] = evaluate(BROWSE);
    const discovery = createDiscovery({
      helperCommand: ['unshare', '--net', program, ...args],
      clock: systemClock,
      log: quietLog(),
    });
    await assert.rejects(
      discovery.find(new AbortController().signal),
      (error: unknown) =>
        error instanceof LongshoreError &&
        error.code === 'unavailable' &&
        /no multicast route.*give its address with --controller HOST:PORT/.test(error.message),
    );
  });

  it('gives up after a while when nobody answers, and stops looking', { timeout: 60_000 }, async () => {
    const discovery = createDiscovery({
      helperCommand: evaluate('process.stdin.resume()'),
      clock: systemClock,
      log: quietLog(),
      lookForMs: 300,
    });
    await assert.rejects(
      discovery.find(new AbortController().signal),
      /no controller was found on the local network by mDNS \(none answered within 0\.3 s\)/,
    );
  });
});
