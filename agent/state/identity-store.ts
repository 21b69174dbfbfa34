// Where the agent's identity lies: one JSON file, readable by the owner alone, because the private key is in it. What
// the document says is for its owner to judge.
import { LongshoreError } from '../../common/errors.ts';
import { readBoundedFile, writeFileAtomic } from './atomic-file.ts';

export interface IdentityStore {
  /** Undefined when nothing was ever saved; rejects with `invalid` when what was saved cannot be read. */
  load(): Promise<unknown>;
  /** Durable when it resolves. */
  save(identity: object): Promise<void>;
}

const MAX_BYTES = 256 * 1024;

export function createIdentityStore(file: string): IdentityStore {
  return {
    async load() {
      try {
        const text = await readBoundedFile(file, MAX_BYTES);
        return text === undefined ? undefined : JSON.parse(text);
      } catch (error) {
        // A parser's message quotes what it parsed, and there is a key in it.
        const reason = error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message;
        throw new LongshoreError(
          'invalid',
          `the agent's identity in ${file} cannot be read (${reason}): restore it, or remove this file and join anew with another token`,
        );
      }
    },
    save: (identity) => writeFileAtomic(file, `${JSON.stringify(identity)}\n`),
  };
}
