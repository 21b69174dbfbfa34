// One agent at a time in a state folder. The lock is a folder of numbered files; the highest is the one that counts, and
// it names its holder. A holder that no longer lives (another boot, or the pid is somebody else's) holds nothing, and who
// comes next makes the file with the next number, which only one can. Numbers never go back: a file is emptied when its
// holder leaves, and deleted only by the holder of a higher one. So nobody can take away a lock he judged too long ago.
import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';

interface Holder {
  readonly pid: number;
  /** Clock ticks since boot when the process began. */
  readonly startTicks: string;
  readonly bootId: string;
}

const ATTEMPTS = 20;

/** Throws `precondition` when another agent holds the lock. It is left by disposing of what is returned. */
export async function lockFolder(folder: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const mine = join(folder, `new-${process.pid}-${randomBytes(4).toString('hex')}`);
  await writeFile(mine, JSON.stringify(await currentProcess()), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const highest = await highestNumber(folder);
      await refuseLiving(folder, highest);
      const own = highest + 1;
      if (!(await linked(mine, join(folder, String(own))))) continue;
      // Higher ones may have come and deleted ours of before while we were slow.
      if ((await highestNumber(folder)) !== own) {
        await rm(join(folder, String(own)), { force: true });
        continue;
      }
      await removeBelow(folder, own);
      return { [Symbol.asyncDispose]: () => writeFile(join(folder, String(own)), '') };
    }
  } finally {
    await rm(mine, { force: true });
  }
  throw new LongshoreError('conflict', `cannot take the lock ${folder}: others keep taking it; try again`);
}

async function refuseLiving(folder: string, number: number): Promise<void> {
  const holder = await readHolder(join(folder, String(number)));
  if (!holder || !(await isAlive(holder))) return;
  throw new LongshoreError(
    'precondition',
    `another agent (process ${holder.pid}) uses this state folder: stop it, or give each agent its own --state-dir`,
  );
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

async function numbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).filter((name) => /^\d{1,15}$/.test(name)).map(Number);
}

async function highestNumber(folder: string): Promise<number> {
  return Math.max(0, ...(await numbers(folder)));
}

async function removeBelow(folder: string, own: number): Promise<void> {
  const below = (await numbers(folder)).filter((number) => number < own);
  await Promise.all(below.map((number) => rm(join(folder, String(number)), { force: true })));
}

/** Undefined when there is none, it has left, or nobody can tell who it is. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const { pid, startTicks, bootId } = JSON.parse(await readFile(file, 'utf8')) as Partial<Holder>;
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
