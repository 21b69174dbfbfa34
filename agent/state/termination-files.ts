// The files that containers write their last words into: one for each attempt, bound into the container by its path. What
// a container writes there is its own; no more than asked for is ever read.
import { constants } from 'node:fs';
import { chmod, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';

/** Names one attempt of one container. */
export interface Attempt {
  readonly podUid: string;
  readonly container: string;
  readonly attempt: number;
}

export interface TerminationFiles {
  /** Makes the attempt's empty file, which anybody may write; resolves with its path. The attempt before the last goes. */
  create(attempt: Attempt): Promise<string>;
  /** Its last bytes as text; empty when there is nothing, or no file. */
  read(attempt: Attempt, maxBytes: number): Promise<string>;
  /** All of a pod; does nothing when there is none. */
  remove(podUid: string): Promise<void>;
}

/** Emptied, not replaced: a container of this very attempt may have it bound already. */
const EMPTY = constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY | constants.O_NOFOLLOW;

const PART = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

export function createTerminationFiles(folder: string): TerminationFiles {
  return {
    async create(attempt) {
      const path = fileOf(folder, attempt);
      try {
        await mkdir(folderOf(folder, attempt.podUid), { recursive: true, mode: 0o700 });
        await (await open(path, EMPTY, 0o666)).close();
        // Whatever the umask says: the container may run as anybody.
        await chmod(path, 0o666);
      } catch (cause) {
        throw new LongshoreError('unavailable', `cannot make the termination message file ${path}`, {
          cause,
        });
      }
      const { attempt: number } = attempt;
      if (number >= 2) await rm(fileOf(folder, { ...attempt, attempt: number - 2 }), { force: true });
      return path;
    },
    async read(attempt, maxBytes) {
      try {
        await using file = await open(fileOf(folder, attempt), constants.O_RDONLY | constants.O_NOFOLLOW);
        const { size } = await file.stat();
        const from = Math.max(0, size - maxBytes);
        const { bytesRead, buffer } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, from);
        return buffer.toString('utf8', 0, bytesRead);
      } catch {
        // A message that cannot be read must not keep an end from being told.
        return '';
      }
    },
    remove: (podUid) => rm(folderOf(folder, podUid), { recursive: true, force: true }),
  };
}

function folderOf(folder: string, podUid: string): string {
  return join(folder, part(podUid));
}

function fileOf(folder: string, { podUid, container, attempt }: Attempt): string {
  return join(folderOf(folder, podUid), `${part(container)}.${attempt}`);
}

function part(name: string): string {
  if (!PART.test(name)) throw new LongshoreError('invalid', `'${name.slice(0, 128)}' is no name for a file`);
  return name;
}
