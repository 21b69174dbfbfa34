// `install.sh agent` and `uninstall`, below a root of the test's own: as on a machine without systemd.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readMounts } from '../../agent/volumes/mount-table.ts';
import { readState } from '../../sandbox/layout.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { runCommand } from '../kit/command.ts';
import { eventually } from '../kit/eventually.ts';
import { podManifest } from '../kit/manifest.ts';
import { containersOfPod, startSandbox, type TestSandbox } from '../kit/sandbox.ts';

const script = join(import.meta.dirname, '../../install.sh');

describe('install.sh', () => {
  let sandbox: TestSandbox;
  let root: string;
  const install = (...args: string[]) =>
    runCommand('env', [`LONGSHORE_INSTALL_ROOT=${root}`, script, ...args]);

  before(async () => {
    await ensureBusyboxImage();
    root = mkdtempSync(join(tmpdir(), 'longshore-install-'));
    sandbox = await startSandbox({ agents: 1 });
  });
  after(async () => {
    await install('uninstall');
    await sandbox?.[Symbol.asyncDispose]();
    rmSync(root, { recursive: true, force: true });
  });

  it('installs an agent that joins, runs a pod, survives a second install, and goes with its containers', async () => {
    const created = await sandbox.longshore(['tokens', 'create', '--agent', 'installed', '-o', 'json']);
    const tokenFile = join(root, 'token');
    writeFileSync(tokenFile, (JSON.parse(created) as { token: string }).token, { mode: 0o600 });
    const controller = `127.0.0.1:${readState(sandbox.layout)?.ports.grpc}`;

    const first = await install('agent', '--controller', controller, '--token-file', tokenFile);
    assert.equal(first.code, 0, first.stderr + first.stdout);
    await agentReady('installed');
    await sandbox.kubectl(
      ['apply', '-f', '-'],
      podManifest({
        name: 'guest',
        agent: 'installed',
        containers: { main: 'exec sleep 1000' },
        container: { volumeMounts: [{ name: 'cache', mountPath: '/part', subPath: 'part' }] },
        spec: { volumes: [{ name: 'cache', emptyDir: { medium: 'Memory' } }] },
      }),
    );
    await sandbox.kubectl(['wait', '--for=condition=Ready', 'pod/guest', '--timeout=60s']);
    const { uid } = (await sandbox.pod('guest')).metadata;
    assert.equal((await mountsOf(uid)).length, 2);
    const containerId = (await sandbox.pod('guest')).status?.containerStatuses?.[0]?.containerID;

    const second = await install('agent', '--controller', controller);
    assert.equal(second.code, 0, second.stderr + second.stdout);
    await agentReady('installed');
    assert.equal((await sandbox.pod('guest')).status?.containerStatuses?.[0]?.containerID, containerId);

    const pid = readFileSync(join(root, 'run/longshore-agent.pid'), 'utf8').trim();
    const removed = await install('uninstall');
    assert.equal(removed.code, 0, removed.stderr);
    assert.ok(!existsSync(`/proc/${pid}`), 'the agent still runs');
    assert.ok(!existsSync(join(root, 'opt/longshore')), 'its files are left');
    assert.ok(!existsSync(join(root, 'var/lib/longshore-agent')), 'its state is left');
    assert.deepEqual(await mountsOf(uid), [], 'volumes are left mounted');
    assert.deepEqual(await containersOfPod(uid), [], 'its containers are left');
    assert.match((await install('uninstall')).stdout, /Nothing is installed/);
  });

  const wrong: [string, string[], RegExp][] = [
    ['an unknown command', ['dmeo'], /unknown command 'dmeo'; see \.\/install\.sh --help/],
    [
      'a controller without a port',
      ['agent', '--controller', 'box', '--token', 'x'],
      /--controller is HOST:PORT/,
    ],
    ['a flag without its value', ['agent', '--token'], /--token needs a value/],
    [
      'no token',
      ['agent', '--controller', 'box:1'],
      /give --token or --token-file; make one with: longshore tokens create/,
    ],
    ['a token file that is not there', ['agent', '--token-file', '/none'], /cannot read \/none/],
    [
      'a shell command for a name',
      ['agent', '--token', 'x', '--name', 'a;reboot'],
      /may hold letters, digits/,
    ],
  ];
  for (const [what, args, message] of wrong) {
    it(`refuses ${what} in one line`, async () => {
      const result = await install(...args);
      assert.notEqual(result.code, 0);
      assert.equal(result.stderr.trim().split('\n').length, 1, result.stderr);
      assert.match(result.stderr, message);
    });
  }

  async function mountsOf(uid: string) {
    return (await readMounts()).filter(({ mountPoint }) => mountPoint.includes(uid));
  }

  async function agentReady(name: string): Promise<void> {
    await eventually(
      async () => {
        const { agents } = JSON.parse(await sandbox.longshore(['agents', 'list', '-o', 'json'])) as {
          agents: { name: string; ready: boolean }[];
        };
        return agents.some((agent) => agent.name === name && agent.ready);
      },
      { what: `agent ${name}` },
    );
  }
});
