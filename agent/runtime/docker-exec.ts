// Commands in Docker's containers. The answer of a start is the command's output, and ends when the command does; its
// exit code is asked for after that.
import type Docker from 'dockerode';
import type { Clock } from '../../common/clock.ts';
import { unlessAborted } from '../../common/unless-aborted.ts';
import { demultiplex } from './demux.ts';
import { asked, optional } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';
import { EngineError } from './engine.ts';
import { execExit } from './exec-exit.ts';
import { signalExecProcess } from './exec-process.ts';
import type { ExecState, Execs, RunOptions } from './execs.ts';
import { hangUpLate } from './process-streams.ts';

export function createDockerExecs({ prompt, patient }: DockerClients, clock: Clock): Execs {
  const inspectExec = async (execId: string): Promise<ExecState | undefined> => {
    const found = await optional(() => prompt.getExec(execId).inspect());
    if (!found) return undefined;
    if (found.Running) return { kind: 'running' };
    return found.ExitCode === null ? { kind: 'created' } : { kind: 'ended', exitCode: found.ExitCode };
  };
  return {
    async createExec(containerId, command) {
      const options = { Cmd: [...command], AttachStdout: true, AttachStderr: true };
      const { id } = await asked(() => prompt.getContainer(containerId).exec(options));
      return id;
    },
    async runExec(execId, options) {
      const output = await runToItsEnd(patient.getExec(execId), options);
      const exitCode = await execExit(prompt.getExec(execId), { clock, signal: options.signal });
      return { output, exitCode };
    },
    async killExec(execId) {
      const found = await optional(() => prompt.getExec(execId).inspect());
      if (found?.Running)
        await signalExecProcess({ pid: found.Pid, containerId: found.ContainerID, signal: 'SIGKILL' });
    },
    inspectExec,
  };
}

/** The raw connection: without it Docker's client would hold the command's whole output. */
async function runToItsEnd(exec: Docker.Exec, { maxBytes, signal }: RunOptions): Promise<string> {
  const start = () => asked(() => exec.start({ hijack: true, stdin: false }));
  const stream = await unlessAborted(start, signal, hangUpLate);
  const abort = () => stream.destroy();
  signal.addEventListener('abort', abort, { once: true });
  // Heard below, by whoever reads; unheard, a late one would end the process.
  stream.on('error', () => {});
  const kept: Buffer[] = [];
  let keptBytes = 0;
  try {
    signal.throwIfAborted();
    for await (const { data } of demultiplex(stream)) {
      const piece = data.subarray(0, maxBytes - keptBytes);
      kept.push(Buffer.from(piece));
      keptBytes += piece.length;
    }
    signal.throwIfAborted();
  } catch (cause) {
    signal.throwIfAborted();
    throw new EngineError('unavailable', 'lost the connection to a command in a container', { cause });
  } finally {
    signal.removeEventListener('abort', abort);
    stream.destroy();
  }
  return Buffer.concat(kept).toString('utf8');
}
