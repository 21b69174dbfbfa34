import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseCommandStreams } from '../../../../../controller/kubelet/stream/command-client.ts';
import { type CommandEnding, endingText } from '../../../../../controller/kubelet/stream/command-status.ts';
import { terminalSizes } from '../../../../../controller/kubelet/stream/terminal-sizes.ts';
import { FUZZ } from '../../../../kit/fuzz.ts';

describe('the streams a query asks for', () => {
  const none = { stdin: false, stdout: false, stderr: false, tty: false };
  const cases: [query: string, expected: object | undefined][] = [
    ['input=1&output=1&error=1', { ...none, stdin: true, stdout: true, stderr: true }],
    ['output=1', { ...none, stdout: true }],
    ['input=1&output=1&error=1&tty=1', { ...none, stdin: true, stdout: true, tty: true }],
    ['error=1&tty=1', undefined],
    ['output=true', undefined],
    ['', undefined],
    ['command=ls', undefined],
  ];
  for (const [query, expected] of cases) {
    it(`of '${query}'`, () => assert.deepEqual(parseCommandStreams(new URLSearchParams(query)), expected));
  }
});

describe('how a command ended', () => {
  const cases: [ending: CommandEnding, status: object, text: string][] = [
    [{ kind: 'exited', code: 0 }, { metadata: {}, status: 'Success' }, ''],
    [{ kind: 'detached' }, { metadata: {}, status: 'Success' }, ''],
    [
      { kind: 'exited', code: 137 },
      {
        metadata: {},
        status: 'Failure',
        message: 'command terminated with non-zero exit code: exit status 137',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: '137' }] },
      },
      'command terminated with non-zero exit code: exit status 137',
    ],
    [
      { kind: 'failed', message: 'error executing command in container: the agent broke the stream off' },
      {
        metadata: {},
        status: 'Failure',
        message:
          'Internal error occurred: error executing command in container: the agent broke the stream off',
        reason: 'InternalError',
        details: {
          causes: [{ message: 'error executing command in container: the agent broke the stream off' }],
        },
        code: 500,
      },
      'Internal error occurred: error executing command in container: the agent broke the stream off',
    ],
  ];
  for (const [ending, status, text] of cases) {
    it(`is told for ${JSON.stringify(ending)}`, () => {
      assert.deepEqual(JSON.parse(endingText(ending, 'status')), status);
      assert.equal(endingText(ending, 'text'), text);
    });
  }
});

describe('the sizes of a terminal', () => {
  async function sizes(...chunks: string[]) {
    const source = (async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
    })();
    const found = [];
    for await (const { width, height } of terminalSizes(source)) found.push(`${width}x${height}`);
    return found;
  }

  it('come one after the other, however they are cut', async () => {
    const json = '{"Width":80,"Height":24}\n{"Width":100,"Height":30}\n';
    for (let cut = 0; cut <= json.length; cut++)
      assert.deepEqual(await sizes(json.slice(0, cut), json.slice(cut)), ['80x24', '100x30']);
  });

  it('that are none are passed over', async () => {
    const odd =
      '{"Width":0,"Height":0} nonsense {"Width":"a"} {}} {"Width":70000,"Height":1} {"Width":1.5,"Height":2}';
    assert.deepEqual(await sizes(odd, '{"Width":2,"Height":3}'), ['2x3']);
  });

  it('do not fill the memory, whatever comes instead of them', async () => {
    assert.deepEqual(
      await sizes(...Array.from({ length: 100 }, () => '{'.repeat(10_000)), '{"Width":2,"Height":3}'),
      ['2x3'],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), async (chunks) => {
        await sizes(...chunks);
      }),
      FUZZ,
    );
  });
});
