// Commands in the modelled engine's containers. The last word says what one does: `exit 3` ends at once, `hang` goes on
// until the test or the container's end ends it. None may run twice.
import { EngineError } from '../../agent/runtime/engine.ts';
import type { ExecEnd, ExecState, Execs, RunOptions } from '../../agent/runtime/execs.ts';
import type { FakeEngine } from './fake-engine.ts';

interface Command {
  readonly containerId: string;
  readonly label: string;
  readonly program: string;
  state: ExecState;
  readonly waiting: Set<(exitCode: number) => void>;
}

export class FakeExecs implements Execs {
  /** By program: the exit code it ends with at once; -1: it hangs. Others end by what they say, or well. */
  readonly answers = new Map<string, number>();
  /** What has run, in which container: `<id> <program>`. */
  readonly runs: string[] = [];
  readonly #engine: FakeEngine;
  readonly #commands = new Map<string, Command>();
  #count = 0;

  constructor(engine: FakeEngine) {
    this.#engine = engine;
    engine.onEnd = (id) => {
      for (const command of this.#commands.values()) {
        if (command.containerId === id && command.state.kind === 'running') this.#end(command, 137);
      }
    };
  }

  /** Ends what hangs in this container. */
  finish(container: string, exitCode: number): void {
    for (const command of this.#commands.values()) {
      const here = command.label.startsWith(`${container}/`);
      if (here && command.state.kind === 'running') this.#end(command, exitCode);
    }
  }

  async createExec(containerId: string, command: readonly string[]): Promise<string> {
    const label = this.#engine.runningLabel(containerId);
    if (label === undefined) throw new EngineError('conflict', `Container ${containerId} is not running`);
    const id = `exec-${++this.#count}`;
    const program = command.at(-1) ?? '';
    this.#commands.set(id, { containerId, label, program, state: { kind: 'created' }, waiting: new Set() });
    return id;
  }

  async runExec(execId: string, { signal }: RunOptions): Promise<ExecEnd> {
    const command = this.#commands.get(execId);
    if (!command) throw new EngineError('refused', `No such exec instance: ${execId}`);
    if (command.state.kind !== 'created') {
      this.#engine.violations.push(`ran twice: ${command.label}: ${command.program}`);
      throw new EngineError('conflict', `exec ${execId} has already run`);
    }
    if (this.#engine.runningLabel(command.containerId) === undefined) {
      throw new EngineError('conflict', 'the container is not running');
    }
    this.#engine.journal.push(`exec ${command.label}: ${command.program}`);
    this.runs.push(`${command.containerId} ${command.program}`);
    command.state = { kind: 'running' };
    const code = this.#answer(command.program);
    if (code >= 0) this.#end(command, code);
    return { output: '', exitCode: await this.#ended(command, signal) };
  }

  async killExec(execId: string): Promise<void> {
    const command = this.#commands.get(execId);
    if (command?.state.kind === 'running') this.#end(command, 137);
  }

  async inspectExec(execId: string): Promise<ExecState | undefined> {
    return this.#commands.get(execId)?.state;
  }

  #answer(program: string): number {
    const [, code] = /\bexit (\d+)$/.exec(program) ?? [];
    return this.answers.get(program) ?? Number(code ?? (program.endsWith('hang') ? -1 : 0));
  }

  #ended(command: Command, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const { state } = command;
      if (state.kind === 'ended') return resolve(state.exitCode);
      command.waiting.add(resolve);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  #end(command: Command, exitCode: number): void {
    command.state = { kind: 'ended', exitCode };
    for (const resolve of command.waiting) resolve(exitCode);
  }
}
