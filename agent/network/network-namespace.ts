// The network namespace of a container, by one of its processes. A process id may meanwhile be another process's, so only
// one that is seen in the container's control group counts.
import { type FileHandle, open, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';

export interface ContainerProcess {
  /** The machine's own number. */
  readonly pid: number;
  readonly containerId: string;
}

export interface NetworkNamespace extends AsyncDisposable {
  /** Tells it from every other as long as it is open. */
  readonly name: string;
  readonly handle: FileHandle;
}

/** `proc`: where the machine's processes are seen. Rejects with `unavailable` when the container is not among them. */
export async function openNetworkNamespace(
  { pid, containerId }: ContainerProcess,
  proc: string,
): Promise<NetworkNamespace> {
  const path = namespacePath(pid, proc);
  try {
    const handle = await open(path, 'r');
    const dispose = () => handle.close();
    try {
      const name = await readlink(path);
      const groups = await readFile(join(proc, `${pid}/cgroup`), 'utf8');
      if (!groups.includes(containerId)) throw new Error(`process ${pid} is not the container's`);
      return { name, handle, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await dispose();
      throw error;
    }
  } catch (cause) {
    throw new LongshoreError('unavailable', "cannot open the pod's network namespace", { cause });
  }
}

/** Undefined when there is no such process any more. */
export async function namespaceName(pid: number, proc: string): Promise<string | undefined> {
  return readlink(namespacePath(pid, proc)).catch(() => undefined);
}

/** The one that this process is in. */
export async function ownNamespaceName(): Promise<string> {
  return readlink('/proc/self/ns/net');
}

function namespacePath(pid: number, proc: string): string {
  return join(proc, `${pid}/ns/net`);
}
