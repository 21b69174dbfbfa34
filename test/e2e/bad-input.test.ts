// What people and machines get wrong: each ends with one clear line that says what is wrong and what to do, a non-zero
// exit code, and nothing left half-done.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createJoinToken, formatJoinToken } from '../../common/join-token.ts';
import { readState } from '../../sandbox/layout.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { type CommandResult, followCommand, runCommand } from '../kit/command.ts';
import { eventually } from '../kit/eventually.ts';
import { podManifest } from '../kit/manifest.ts';
import { containersOfPod, startSandbox, type TestSandbox } from '../kit/sandbox.ts';

const root = join(import.meta.dirname, '../..');
const controller = (...args: string[]) =>
  runCommand(process.execPath, [join(root, 'controller/main.ts'), ...args]);
const agent = (...args: string[]) => runCommand(process.execPath, [join(root, 'agent/main.ts'), ...args]);

/** One line for people on stderr (logs are JSON lines), matching; and a failure. */
function assertRefused(result: CommandResult, message: RegExp): void {
  assert.notEqual(result.code, 0, result.stdout);
  const lines = result.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  assert.equal(lines.length, 1, `one line, not:\n${result.stderr}`);
  assert.match(lines[0] ?? '', message);
}

describe('bad input', () => {
  let sandbox: TestSandbox;
  let folder: string;
  let grpcPort: number;

  before(async () => {
    await ensureBusyboxImage();
    folder = mkdtempSync(join(tmpdir(), 'longshore-bad-'));
    sandbox = await startSandbox({ agents: 1 });
    grpcPort = readState(sandbox.layout)?.ports.grpc ?? 0;
  });
  after(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('for the controller', () => {
    it('flags: names every mistake', async () => {
      const result = await controller('controller', '--node-address', 'x', '--grpc-listen', 'y');
      assertRefused(result, /--node-address must be an IP address.*--grpc-listen must be HOST:PORT/);
      assert.equal(result.code, 2);
    });

    it('an unknown command', async () => {
      const result = await controller('contoller');
      assert.equal(result.code, 2);
      assert.match(result.stderr, /unknown command 'contoller'/);
    });

    it('a kubeconfig that is not there', async () => {
      const file = join(folder, 'none');
      assertRefused(
        await controller('controller', '--node-address', '127.0.0.1', '--kubeconfig', file),
        /kubeconfig/,
      );
      assertRefused(await controller('status', '--kubeconfig', file), /kubeconfig/);
    });

    it('a kubeconfig that points nowhere', async () => {
      const file = join(folder, 'nowhere');
      writeFileSync(file, nowhereKubeconfig(await closedPort()));
      const result = await controller('status', '--kubeconfig', file);
      assertRefused(result, /cannot reach the API server.*127\.0\.0\.1/i);
      assertRefused(
        await controller(
          ...['controller', '--node-address', '127.0.0.1', '--kubeconfig', file],
          ...['--grpc-listen', '127.0.0.1:0', '--kubelet-listen', '127.0.0.1:0', '--no-mdns'],
        ),
        /cannot reach the API server.*127\.0\.0\.1/i,
      );
    });

    it('a port in use', async () => {
      const { server, port } = await occupyPort();
      try {
        const result = await controller(
          ...[
            'controller',
            '--kubeconfig',
            sandbox.kubeconfig,
            '--node-name',
            'second',
            '--node-address',
            '127.0.0.1',
          ],
          ...['--grpc-listen', `127.0.0.1:${port}`, '--kubelet-listen', '127.0.0.1:0', '--no-mdns'],
        );
        assertRefused(result, new RegExp(`127\\.0\\.0\\.1:${port}.*in use`));
      } finally {
        server.close();
      }
      assert.equal((await sandbox.tryKubectl(['get', 'node', 'second'])).code, 1, 'no node is left behind');
    });
  });

  describe('for the agent', () => {
    const join_ = (name: string, token: string, more: string[] = []) =>
      agent(
        ...['--controller', `127.0.0.1:${grpcPort}`, '--state-dir', join(folder, name), '--name', name],
        ...['--token', token, ...more],
      );
    const freshToken = async (...args: string[]) =>
      (JSON.parse(await sandbox.longshore(['tokens', 'create', '-o', 'json', ...args])) as { token: string })
        .token;

    it('no token and no identity', async () => {
      const result = await agent(
        '--controller',
        `127.0.0.1:${grpcPort}`,
        '--state-dir',
        join(folder, 'no-token'),
      );
      assertRefused(result, /--token/);
    });

    it('a malformed token', async () =>
      assertRefused(await join_('box', 'lsj1.x'), /join token is malformed/));

    it('a token of this controller that never was', async () => {
      const { caHash } = tokenParts(await freshToken());
      assertRefused(
        await join_('box', formatJoinToken(createJoinToken(caHash))),
        /token.*(unknown|expired|used).*tokens create/i,
      );
    });

    it('a token of another controller: says whose CA it met', async () => {
      assertRefused(await join_('box', formatJoinToken(createJoinToken('ab'.repeat(32)))), /CA.*abababab/);
    });

    it('a token used before, from another machine', async () => {
      const token = await freshToken('--agent', 'agent-x');
      const [first, second] = [join(folder, 'first'), join(folder, 'second')];
      {
        await using _running = followCommand(process.execPath, [
          ...[join(root, 'agent/main.ts'), '--controller', `127.0.0.1:${grpcPort}`],
          ...['--state-dir', first, '--token', token, '--capacity', 'cpu=1,memory=64Mi'],
        ]);
        await eventually(() => sandbox.kubectl(['get', 'agent', 'agent-x']), { what: 'agent-x' });
      }
      const args = ['--controller', `127.0.0.1:${grpcPort}`, '--state-dir', second, '--token', token];
      assertRefused(await agent(...args), /token.*(used|belongs)/i);
      await sandbox.kubectl(['delete', 'agent', 'agent-x', '--timeout=10s']);
    });

    it('Docker that is not there', async () => {
      const token = await freshToken();
      const result = await join_('no-docker', token, ['--docker-socket', join(folder, 'none.sock')]);
      assertRefused(result, /Docker.*none\.sock/);
    });

    it('leaves no agent behind', async () => {
      const { agents } = JSON.parse(await sandbox.longshore(['agents', 'list', '-o', 'json'])) as {
        agents: { name: string }[];
      };
      assert.deepEqual(
        agents.map(({ name }) => name),
        ['agent-1'],
      );
    });
  });

  it('of an Agent: its schema refuses it, and nothing changes', async () => {
    const spec = () => sandbox.kubectl(['get', 'agent', 'agent-1', '-o', 'jsonpath={.spec}']);
    const before = await spec();
    for (const [change, message] of [
      [{ labels: { 'a b': 'c' } }, /must be label keys/],
      [{ labels: { 'kubernetes.io/arch': 'arm64' } }, /are the machine's own to say/],
      [{ publicKeyHash: 'a'.repeat(64) }, /another key is another machine's/],
    ] as const) {
      const patch = JSON.stringify({ spec: change });
      await assert.rejects(
        sandbox.kubectl(['patch', 'agent', 'agent-1', '--type=merge', '-p', patch]),
        message,
      );
    }
    assert.equal(await spec(), before);
  });

  describe('for the sandbox', () => {
    const sandboxCommand = (...args: string[]) => controller('sandbox', ...args);

    it('Docker that is not there', async () => {
      const dir = join(folder, 'no-docker-sandbox');
      const result = await sandboxCommand('up', '--dir', dir, '--docker-socket', join(folder, 'none.sock'));
      assert.equal(result.code, 1);
      assert.match(
        result.stderr,
        /Docker Engine does not answer at .*none\.sock: start it, name another socket/,
      );
      assert.ok(!readdirSync(folder).includes('no-docker-sandbox'));
    });

    it('down where nothing is up', async () => {
      const result = await sandboxCommand('down', '--dir', join(folder, 'nothing'));
      assert.equal(result.code, 0);
      assert.match(result.stderr, /No sandbox in/);
    });
  });

  describe('for the API server', () => {
    it('a malformed pod', async () => {
      const broken = podManifest({ name: 'Not_A_Name', containers: { main: 'true' } });
      const result = await sandbox.tryKubectl(['apply', '-f', '-'], broken);
      assert.equal(result.code, 1);
      assert.match(result.stderr, /metadata\.name: Invalid value: "Not_A_Name"/);
    });

    it('a pod whose image cannot be had says so, and goes when deleted', async () => {
      const manifest = podManifest({
        name: 'no-image',
        containers: { main: 'true' },
        container: { image: '127.0.0.1:1/none:1' },
      });
      await sandbox.kubectl(['apply', '-f', '-'], manifest);
      await eventually(
        async () => {
          const waiting = (await sandbox.pod('no-image')).status?.containerStatuses?.[0]?.state?.waiting;
          return waiting?.reason === 'ErrImagePull' || waiting?.reason === 'ImagePullBackOff';
        },
        { what: 'ErrImagePull' },
      );
      const { uid } = (await sandbox.pod('no-image')).metadata;
      await sandbox.kubectl(['delete', 'pod', 'no-image', '--timeout=20s']);
      assert.deepEqual(await containersOfPod(uid), [], 'something is left in Docker');
    });
  });
});

function tokenParts(token: string): { caHash: string } {
  return { caHash: token.split('.')[3] ?? '' };
}

function nowhereKubeconfig(port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'u', user: { token: 'x' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

async function closedPort(): Promise<number> {
  const { server, port } = await occupyPort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function occupyPort(): Promise<{ server: Server; port: number }> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      resolve({ server, port: (server.address() as { port: number }).port });
    });
  });
}
