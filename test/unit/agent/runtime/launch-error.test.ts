import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutLaunchError } from '../../../../agent/runtime/launch-error.ts';
import type { StreamOutput } from '../../../../common/stream-message.ts';

const COMPLAINT =
  'OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown\r\n';
const DENIED =
  'OCI runtime exec failed: exec failed: unable to start container process: exec: "/etc/passwd": permission denied: unknown\r\n';

async function seen(
  output: readonly (readonly ['data' | 'stderr', string])[],
  code: number,
  tty = false,
): Promise<string[]> {
  async function* source(): AsyncGenerator<StreamOutput> {
    for (const [kind, text] of output) yield { kind, data: Buffer.from(text) };
  }
  const messages: string[] = [];
  for await (const message of withoutLaunchError(source(), { tty, exitCode: async () => code })) {
    messages.push(
      'data' in message ? `${message.kind} ${message.data}` : `exit ${'code' in message ? message.code : ''}`,
    );
  }
  return messages;
}

describe('a command that cannot be started', () => {
  it('says so on stderr, with 127 when it is not there', async () => {
    assert.deepEqual(await seen([['data', COMPLAINT]], 126), [`stderr ${COMPLAINT}`, 'exit 127']);
  });

  it('says so on stderr, with 126 when it cannot be run', async () => {
    assert.deepEqual(await seen([['data', DENIED]], 126), [`stderr ${DENIED}`, 'exit 126']);
  });

  it('says so at its terminal, which has one output', async () => {
    assert.deepEqual(await seen([['data', COMPLAINT]], 126, true), [`data ${COMPLAINT}`, 'exit 127']);
  });
});

describe('a command that was started', () => {
  it('is passed on as it is', async () => {
    const output = [
      ['data', 'one'],
      ['stderr', 'two'],
      ['data', COMPLAINT],
    ] as const;
    assert.deepEqual(await seen(output, 126), ['data one', 'stderr two', `data ${COMPLAINT}`, 'exit 126']);
  });

  it('may say the same words itself', async () => {
    const output = [
      ['data', COMPLAINT],
      ['data', 'and more'],
    ] as const;
    assert.deepEqual(await seen(output, 127), [`data ${COMPLAINT}`, 'data and more', 'exit 127']);
    assert.deepEqual(await seen([['data', COMPLAINT]], 0), [`data ${COMPLAINT}`, 'exit 0']);
  });

  it('may say nothing', async () => {
    assert.deepEqual(await seen([], 7), ['exit 7']);
  });
});
