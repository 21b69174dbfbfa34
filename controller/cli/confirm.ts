// Asks a person yes or no. Where nobody can answer the command ends and says which flag answers instead.
import { createInterface } from 'node:readline/promises';
import { LongshoreError } from '../../common/errors.ts';
import { printable } from './paint.ts';

export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** Rejects with `precondition` without a terminal, and with `cancelled` when the user interrupts. */
export async function confirm(question: string, { input, output, signal }: Terminal): Promise<boolean> {
  if (!input.isTTY) {
    throw new LongshoreError(
      'precondition',
      `${printable(question)} There is no terminal to ask at: say --yes`,
    );
  }
  const lines = createInterface({ input, output });
  try {
    const answer = await lines.question(`${printable(question)} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (cause) {
    throw new LongshoreError('cancelled', 'interrupted', { cause });
  } finally {
    lines.close();
  }
}
