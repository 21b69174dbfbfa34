// Shows how agents are cleared of their pods: at a terminal one line with a bar that is written anew, elsewhere a line for
// each change. Scripts that asked for JSON or YAML see nothing of it.
import { bar, usableColumns } from './bar.ts';
import type { CliDeps } from './deps.ts';
import { type FleetFlags, isForPeople, viewOf } from './fleet-command.ts';
import { printable } from './paint.ts';

export interface AgentProgress {
  /** Pods that are still to leave. */
  readonly left: number;
  /** What keeps them, one line each. */
  readonly notes: readonly string[];
}

export interface ClearingProgress {
  show(name: string, progress: AgentProgress): void;
  /** The agent is done with: `drained`. */
  done(name: string, word: string): void;
  /** Leaves the terminal to others. */
  end(): void;
}

/** To the start of the line, and it is cleared. */
const ANEW = '\r\u001b[K';

export function createClearingProgress(deps: CliDeps, flags: FleetFlags): ClearingProgress {
  const { stdout } = deps;
  if (!isForPeople(flags)) return { show: () => {}, done: () => {}, end: () => {} };
  return stdout.isTTY === true ? atTerminal(deps, flags) : inLines(deps);
}

function atTerminal(deps: CliDeps, flags: FleetFlags): ClearingProgress {
  const { stdout } = deps;
  const agents = new Map<
    string,
    { most: number; readonly left: number; readonly notes: readonly string[] }
  >();
  let isDrawn = false;
  const draw = () => {
    const all = [...agents];
    const most = all.reduce((sum, [, agent]) => sum + agent.most, 0);
    const left = all.reduce((sum, [, agent]) => sum + agent.left, 0);
    const percent = most === 0 ? 100 : ((most - left) * 100) / most;
    const notes = all.flatMap(([name, agent]) => agent.notes.map((note) => `${name}: ${note}`));
    const text = printable([`${most - left} of ${most} pods have left`, ...notes].join('; '));
    const line = `${bar(percent, viewOf(deps, flags).paint)} ${text}`;
    stdout.write(`${ANEW}${line.slice(0, usableColumns(stdout))}`);
    isDrawn = true;
  };
  const end = () => {
    if (isDrawn) stdout.write(ANEW);
    isDrawn = false;
  };
  return {
    show(name, { left, notes }) {
      agents.set(name, { most: Math.max(left, agents.get(name)?.most ?? 0), left, notes });
      draw();
    },
    done(name, word) {
      end();
      const before = agents.get(name);
      if (before) agents.set(name, { ...before, left: 0, notes: [] });
      stdout.write(`agent/${name} ${word}\n`);
    },
    end,
  };
}

function inLines({ stdout }: CliDeps): ClearingProgress {
  const told = new Map<string, string>();
  return {
    show(name, { left, notes }) {
      const text = [`${left} ${left === 1 ? 'pod' : 'pods'} left`, ...notes].join('; ');
      if (told.get(name) === text) return;
      told.set(name, text);
      stdout.write(`agent/${name}: ${printable(text)}\n`);
    },
    done: (name, word) => void stdout.write(`agent/${name} ${word}\n`),
    end: () => {},
  };
}
