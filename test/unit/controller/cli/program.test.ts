import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommanderError } from 'commander';
import { type ErrorCode, LongshoreError } from '../../../../common/errors.ts';
import { VERSION } from '../../../../common/version.ts';
import { exitCodeOf } from '../../../../controller/cli/exit-code.ts';
import type { AccessOptions } from '../../../../controller/cli/operator-access.ts';
import { createCliProgram, runProgram } from '../../../../controller/cli/program.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

async function run(argv: string, failure: unknown = new LongshoreError('unavailable', 'not here')) {
  const [out, err]: [string[], string[]] = [[], []];
  const access: AccessOptions[] = [];
  const program = createCliProgram({
    operatorAccess: (options) => {
      access.push(options);
      return { connectionInfo: () => Promise.reject(failure) };
    },
    cluster: () => assert.fail('not asked'),
    streamClient: () => assert.fail('not asked'),
    confirm: () => assert.fail('not asked'),
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    clock: new ManualClock(),
    env: {},
  });
  const stderr = { write: (text: string) => err.push(text) };
  const code = await runProgram(program, argv.split(' ').filter(Boolean), { stderr });
  return { code, out: out.join(''), err: err.join(''), access };
}

describe('the longshore command line', () => {
  it('takes the connection flags of a command to where the credentials come from', async () => {
    const { access } = await run(
      'status --kubeconfig /k --context c --namespace ls --server ctl.example:7443 --timeout 5s',
    );
    assert.deepEqual(access, [
      { kubeconfig: '/k', context: 'c', namespace: 'ls', server: 'ctl.example:7443' },
    ]);
  });

  it('looks for the controller in longshore-system unless told otherwise', async () => {
    const { access } = await run('pods list -n default');
    assert.deepEqual(access, [
      { kubeconfig: undefined, context: undefined, namespace: 'longshore-system', server: undefined },
    ]);
  });

  it('prints a failure as one line, with its cause and without control characters', async () => {
    const cause = new Error('connect\n ECONNREFUSED \u001b[2J');
    const { code, out, err } = await run(
      'status',
      new LongshoreError('unavailable', 'no API server', { cause }),
    );
    assert.deepEqual({ code, out }, { code: 3, out: '' });
    assert.match(err, /^error: no API server: connect ECONNREFUSED {1,2}\[2J\n$/);
  });

  it('says no more of an interruption than that it is one', async () => {
    const cause = new Error('This operation was aborted');
    const { code, err } = await run('status', new LongshoreError('cancelled', 'interrupted', { cause }));
    assert.deepEqual({ code, err }, { code: 130, err: 'error: interrupted\n' });
  });

  it('prints its version', async () => {
    assert.deepEqual(await run('version'), { code: 0, out: `longshore ${VERSION}\n`, err: '', access: [] });
    assert.equal((await run('--version')).out, `${VERSION}\n`);
    assert.equal(JSON.parse((await run('version -o json')).out).longshore, VERSION);
    assert.match((await run('version -o yaml')).out, new RegExp(`^longshore: ${VERSION}$`, 'm'));
  });

  const usage: [argv: string, message: RegExp][] = [
    ['', /Usage: longshore/],
    ['nothing', /unknown command 'nothing'/],
    ['statsu', /Did you mean status\?/],
    ['agents', /Usage: longshore agents/],
    ['status --nope', /unknown option '--nope'/],
    ['status extra', /too many arguments/],
    ['status -o xml', /Expected table, wide, json or yaml/],
    ['status --server nowhere', /Expected HOST:PORT/],
    ['status --timeout 0s', /from 1s to 10m/],
    ['pods list --agent Not_A_Name', /Agent names are/],
    ['tokens create --ttl 10s', /from 60s to 30d/],
    ['tokens create --label zone', /Expected key=value/],
    ['tokens create --label a=b --label a=c', /given twice/],
  ];
  for (const [argv, message] of usage) {
    it(`answers 'longshore ${argv}' with what is wrong and code 2, asking nobody`, async () => {
      const { code, out, err, access } = await run(argv);
      assert.match(err, message);
      assert.deepEqual({ code, out, asked: access.length }, { code: 2, out: '', asked: 0 });
    });
  }

  for (const command of ['status', 'agents list', 'pods list', 'tokens create', 'version']) {
    it(`shows flags and examples with 'longshore ${command} --help'`, async () => {
      const { code, out, err } = await run(`${command} --help`);
      assert.deepEqual({ code, err }, { code: 0, err: '' });
      assert.match(out, new RegExp(`^Usage: longshore ${command} \\[options\\]`));
      assert.match(out, /-o, --output/);
      assert.match(out, new RegExp(`Examples:\n {2}longshore ${command}`));
    });
  }

  it('lets a command that is added later fail and print the same way', async () => {
    const err: string[] = [];
    const program = createCliProgram({
      operatorAccess: () => assert.fail('not asked'),
      cluster: () => assert.fail('not asked'),
      streamClient: () => assert.fail('not asked'),
      confirm: () => assert.fail('not asked'),
      stdout: { write: () => {} },
      stderr: { write: (text) => err.push(text) },
      clock: new ManualClock(),
      env: {},
    });
    program.command('sandbox').action(() => Promise.reject(new LongshoreError('precondition', 'no Docker')));
    const stderr = { write: (text: string) => err.push(text) };
    assert.equal(await runProgram(program, ['sandbox'], { stderr }), 1);
    assert.equal(await runProgram(program, ['sandbox', '--nope'], { stderr }), 2);
    assert.match(err.join(''), /^error: no Docker\nerror: unknown option '--nope'/);
  });
});

describe('exitCodeOf', () => {
  const cases: [ErrorCode, number][] = [
    ['invalid', 2],
    ['unauthenticated', 4],
    ['forbidden', 4],
    ['not-found', 1],
    ['precondition', 1],
    ['unavailable', 3],
    ['cancelled', 130],
    ['internal', 1],
  ];
  for (const [code, exit] of cases) {
    it(`is ${exit} for ${code}`, () => assert.equal(exitCodeOf(new LongshoreError(code, 'x')), exit));
  }

  it('is 0 when help was asked for, 2 for wrong usage and 1 for what nobody foresaw', () => {
    assert.equal(exitCodeOf(new CommanderError(0, 'commander.helpDisplayed', '')), 0);
    assert.equal(exitCodeOf(new CommanderError(1, 'commander.unknownOption', '')), 2);
    assert.equal(exitCodeOf(new TypeError('x is not a function')), 1);
  });
});
