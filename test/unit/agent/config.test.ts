import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type AgentConfig, parseAgentCommand } from '../../../agent/config.ts';
import { createJoinToken, formatJoinToken } from '../../../common/join-token.ts';

const token = createJoinToken('0f'.repeat(32));

function run(argv: string[], env: Record<string, string> = {}): AgentConfig {
  const command = parseAgentCommand(argv, env);
  assert.equal(command.kind, 'run');
  return (command as { config: AgentConfig }).config;
}

describe('parseAgentCommand', () => {
  it('needs no flag at all', () => {
    const config = run([]);
    assert.equal(config.controller, undefined);
    assert.equal(config.token, undefined);
    assert.equal(config.stateDir, '/var/lib/longshore-agent');
    assert.deepEqual(config.capacity, {});
    assert.equal(config.network, undefined);
    assert.equal(config.seccompDir, '/var/lib/longshore-agent/seccomp');
    assert.equal(config.pidsLimit, undefined);
  });

  it('reads resource lists, and the environment beneath the flags', () => {
    const config = run(['--capacity', 'cpu=2, memory=4Gi'], {
      LONGSHORE_CAPACITY: 'cpu=9',
      LONGSHORE_RESERVE: 'memory=512Mi',
      LONGSHORE_CONTROLLER: '[fd00::1]:7443',
    });
    assert.deepEqual(config.capacity, { cpu: '2', memory: '4Gi' });
    assert.deepEqual(config.reserve, { memory: '512Mi' });
    assert.equal(config.controller, '[fd00::1]:7443');
  });

  it('reads the token from a file, and does without it when the file is gone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'longshore-config-'));
    try {
      const file = join(folder, 'token');
      writeFileSync(file, `${formatJoinToken(token)}\n`);
      assert.deepEqual(run(['--token-file', file]).token, token);
      assert.equal(run(['--token-file', join(folder, 'gone')]).token, undefined);
      writeFileSync(file, 'x'.repeat(5000));
      assert.throws(() => run(['--token-file', file]), /is no join token: it has 5000 bytes/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('answers --help and --version whatever else is wrong', () => {
    assert.equal(parseAgentCommand(['--help', '--name', '???'], {}).kind, 'help');
    assert.equal(parseAgentCommand(['--version'], {}).kind, 'version');
  });

  it('reports every mistake at once, without the token', () => {
    const secret = 'lsj1.not-a-token-but-still-secret';
    const argv = [
      '--controller',
      'nowhere',
      '--name',
      'No_Good',
      '--token',
      secret,
      '--capacity',
      'cpu=lots',
    ];
    assert.throws(
      () => parseAgentCommand(argv, {}),
      (error: Error) =>
        ['--controller', '--name', 'join token is malformed', '--capacity'].every((part) =>
          error.message.includes(part),
        ) && !error.message.includes(secret),
    );
  });

  const wrong: [string, string[], RegExp][] = [
    ['an unknown flag', ['--contoller', 'x:1'], /Unknown option '--contoller'; see longshore-agent --help/],
    ['a stray word', ['start'], /see longshore-agent --help/],
    ['two tokens', ['--token', formatJoinToken(token), '--token-file', '/x'], /not both/],
    ['a network in which pods have no address', ['--network', 'host'], /--network must be bridge or/],
    [
      'a sysctl of the whole machine',
      ['--allowed-unsafe-sysctls', 'vm.swappiness'],
      /of its own.*not 'vm\.swappiness'/,
    ],
    ['a limit that is none', ['--pids-limit', '0'], /--pids-limit must be a whole number above 0/],
    [
      'a disk that is never full enough',
      ['--image-gc-high', '70'],
      /--image-gc-high and --image-gc-low must be/,
    ],
    ['a negative reservation', ['--reserve', 'cpu=-1'], /--reserve must look like/],
  ];
  for (const [what, argv, message] of wrong) {
    it(`refuses ${what}`, () => assert.throws(() => parseAgentCommand(argv, {}), message));
  }
});
