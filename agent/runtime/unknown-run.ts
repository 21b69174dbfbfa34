// Ends what lives of a container that Docker takes for one that was never started: a Docker that is killed right after a
// start knows nothing of it afterwards. Its processes are found by their control group, which bears the container's id;
// containerd's one beside them, which would stay as long as the machine runs, by its argument.
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from './engine.ts';

const LOOK_MS = 20;
/** For the end of what has been killed. */
const PATIENCE_MS = 5000;

/** Resolves when this machine shows no process of the container; where it does not show them there is nothing to do. */
export async function endUnknownRun(containerId: string): Promise<void> {
  const sinceMs = performance.now();
  for (;;) {
    const pids = await processesOf(containerId);
    if (pids.length === 0) return;
    if (performance.now() - sinceMs > PATIENCE_MS) {
      const which = `processes ${pids.join(', ')} of container ${containerId.slice(0, 12)}`;
      throw new EngineError(
        'refused',
        `cannot end ${which}, of which Docker knows nothing: is the agent root?`,
      );
    }
    for (const pid of pids) kill(pid);
    await delay(LOOK_MS);
  }
}

async function processesOf(containerId: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  for (const pid of pids) {
    const [groups, command] = await Promise.all([textOf(pid, 'cgroup'), textOf(pid, 'cmdline')]);
    if (groups.includes(containerId) || isShim(command, containerId)) found.push(Number(pid));
  }
  return found;
}

function isShim(command: string, containerId: string): boolean {
  const [program = '', ...args] = command.split('\0');
  return basename(program).startsWith('containerd-shim') && args[args.indexOf('-id') + 1] === containerId;
}

/** Empty when the process has just ended. */
function textOf(pid: string, file: 'cgroup' | 'cmdline'): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended, or it is not this agent's to end.
  }
}
