// Servers on the loopback interface of a pod and nowhere else, whatever its image holds: a process of the test's own in the
// pod's network namespace.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';

/** Where each of them listens. */
export const POD_SERVERS = {
  echo: { host: '127.0.0.1', port: 8080 },
  echo6: { host: '::1', port: 8082 },
  /** Says how much it was sent, once the client has ended its half. */
  lengthAfterEnd: { host: '127.0.0.1', port: 8081 },
  /** Sends without end. */
  flood: { host: '127.0.0.1', port: 8083 },
  /** Says a line and ends its half, whatever the client does. */
  greeting: { host: '127.0.0.1', port: 8084 },
} as const;

export interface PodServers extends AsyncDisposable {
  /** Of a process in the pod's network namespace. */
  readonly pid: number;
  /** Open connections to a port in that namespace, as the kernel tells. */
  connectionsTo(port: number): number;
}

/** Resolves when all of them listen. */
export async function startPodServers(podUid: string): Promise<PodServers> {
  const pid = await sandboxPid(podUid);
  const program = join(import.meta.dirname, 'pod-servers-process.ts');
  const child: ChildProcess = spawn('nsenter', ['-t', String(pid), '-n', '--', process.execPath, program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'close');
  await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error('the servers ended before they listened'))),
  ]);
  return {
    pid,
    connectionsTo(port) {
      const hex = port.toString(16).toUpperCase().padStart(4, '0');
      // The local address with the port, the other end, and ESTABLISHED.
      const open = new RegExp(`^ *\\d+: [0-9A-F]{8}:${hex} \\S+ 01 `);
      return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
        .split('\n')
        .filter((line) => open.test(line)).length;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function sandboxPid(podUid: string): Promise<number> {
  const docker = new Docker();
  const label = [`io.kubernetes.pod.uid=${podUid}`, 'io.kubernetes.docker.type=podsandbox'];
  const [sandbox] = await docker.listContainers({ filters: { label, status: ['running'] } });
  if (!sandbox) throw new Error(`pod ${podUid} has no sandbox that runs`);
  return (await docker.getContainer(sandbox.Id).inspect()).State.Pid;
}
