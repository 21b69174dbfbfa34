// The agent's state folder: made for the owner's eyes only, and used by one agent at a time. The lock is a file that
// names its holder; a holder that no longer lives (another boot, or the pid is somebody else's) holds nothing.
import { chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { LongshoreError } from '../../common/errors.ts';

export interface StateFolder extends AsyncDisposable {
  readonly dir: string;
  readonly identityFile: string;
  readonly podsDir: string;
  readonly messagesDir: string;
  readonly ownerFile: string;
}

interface Holder {
  readonly pid: number;
  /** Clock ticks since boot when the process began. */
  readonly startTicks: string;
  readonly bootId: string;
}

/** Throws `precondition` when another agent uses the folder, and `invalid` when it cannot be used. */
export async function openStateFolder(path: string): Promise<StateFolder> {
  const dir = resolve(path);
  const podsDir = join(dir, 'pods');
  const lock = join(dir, 'lock');
  const own = await currentProcess();
  try {
    await mkdir(podsDir, { recursive: true, mode: 0o700 });
    if (!(await stat(dir)).isDirectory()) throw new Error('it is no folder');
    await chmod(dir, 0o700);
    await takeLock(lock, own);
  } catch (cause) {
    if (cause instanceof LongshoreError) throw cause;
    throw new LongshoreError(
      'invalid',
      `cannot use the state folder ${dir}: free or mend its disk, give another one with --state-dir, or run the agent as its owner`,
      { cause },
    );
  }
  return {
    dir,
    identityFile: join(dir, 'identity.json'),
    podsDir,
    messagesDir: join(dir, 'termination'),
    ownerFile: join(dir, 'pods-owner'),
    async [Symbol.asyncDispose]() {
      if (isDeepStrictEqual(await readHolder(lock), own)) await rm(lock, { force: true });
    },
  };
}

async function takeLock(lock: string, own: Holder): Promise<void> {
  const mine = `${lock}.${own.pid}`;
  await writeFile(mine, JSON.stringify(own), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await linked(mine, lock)) return;
      const holder = await readHolder(lock);
      if (holder && (await isAlive(holder))) {
        throw new LongshoreError(
          'precondition',
          `another agent (process ${holder.pid}) uses this state folder: stop it, or give each agent its own --state-dir`,
        );
      }
      await breakLock(lock, holder);
    }
  } finally {
    await rm(mine, { force: true });
  }
  throw new LongshoreError('conflict', `cannot take ${lock}: others keep taking it; try again`);
}

/** A link, unlike a new file, appears with its content, and only where nothing is. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the lock away, and puts it back when somebody else took it since it was looked at. */
async function breakLock(lock: string, judged: Holder | undefined): Promise<void> {
  const aside = `${lock}.stale.${process.pid}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (!isDeepStrictEqual(await readHolder(aside), judged)) await linked(aside, lock);
  await rm(aside, { force: true });
}

/** Undefined when there is none, or nobody can tell who it is. */
async function readHolder(lock: string): Promise<Holder | undefined> {
  try {
    const { pid, startTicks, bootId } = JSON.parse(await readFile(lock, 'utf8')) as Partial<Holder>;
    if (typeof pid !== 'number' || typeof startTicks !== 'string' || typeof bootId !== 'string') {
      return undefined;
    }
    return { pid, startTicks, bootId };
  } catch {
    return undefined;
  }
}

async function currentProcess(): Promise<Holder> {
  return {
    pid: process.pid,
    startTicks: (await readStartTicks(process.pid)) ?? '',
    bootId: await readBootId(),
  };
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.bootId !== (await readBootId())) return false;
  return (await readStartTicks(holder.pid)) === holder.startTicks;
}

async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Undefined when there is no such process. */
async function readStartTicks(pid: number): Promise<string | undefined> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command name is in parentheses and may hold spaces; fields count from behind it (state is field 3).
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
