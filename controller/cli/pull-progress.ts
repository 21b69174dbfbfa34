// Shows how agents pull an image: at a terminal a bar for each that is at it, written anew below what is done; elsewhere a
// line for each change. Scripts that asked for JSON or YAML see nothing of it.
import type { AgentPull__Output } from '../../proto/gen/longshore/v1/AgentPull.ts';
import { formatAmount } from './amount.ts';
import { bar, usableColumns } from './bar.ts';
import type { CliDeps } from './deps.ts';
import { type FleetFlags, isForPeople, type View, viewOf } from './fleet-command.ts';
import { printable } from './paint.ts';

export interface PullProgress {
  /** Those that changed. */
  show(pulls: readonly AgentPull__Output[]): void;
  /** Leaves the terminal to others. */
  end(): void;
}

const SHOWN = 10;
const NAME_WIDTH = 20;
/** Up so many lines, and all below is cleared. */
const back = (lines: number) => `\u001b[${lines}A\r\u001b[J`;

export function createPullProgress(deps: CliDeps, flags: FleetFlags): PullProgress {
  if (!isForPeople(flags)) return { show: () => {}, end: () => {} };
  return deps.stdout.isTTY === true ? atTerminal(deps, flags) : inLines(deps, flags);
}

function atTerminal(deps: CliDeps, flags: FleetFlags): PullProgress {
  const { stdout } = deps;
  const going = new Map<string, AgentPull__Output>();
  const over = new Set<string>();
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) stdout.write(back(drawn));
    drawn = 0;
  };
  return {
    show(pulls) {
      const view = viewOf(deps, flags);
      clear();
      for (const pull of pulls) {
        if (over.has(pull.agent)) continue;
        const last = lastWord(pull, view);
        if (last === undefined) going.set(pull.agent, pull);
        else {
          going.delete(pull.agent);
          over.add(pull.agent);
          stdout.write(last);
        }
      }
      const all = [...going.values()];
      const active = all.filter(({ state }) => state === 'AGENT_PULL_STATE_PULLING');
      const lines = active.slice(0, SHOWN).map((pull) => barLine(pull, view, usableColumns(stdout)));
      const rest = all.length - lines.length;
      if (rest > 0) lines.push(`${rest} ${rest === 1 ? 'waits' : 'wait'}`);
      for (const line of lines) stdout.write(`${line}\n`);
      drawn = lines.length;
    },
    end: clear,
  };
}

function barLine(
  { agent, doneBytes, totalBytes }: AgentPull__Output,
  { paint }: View,
  columns: number,
): string {
  const percent = totalBytes === 0 ? 0 : (doneBytes * 100) / totalBytes;
  const figures = totalBytes === 0 ? 'asking the registry' : `${bytes(doneBytes)} of ${bytes(totalBytes)}`;
  const shown = ` ${bar(percent, paint)} ${figures}`;
  const name = printable(agent).slice(0, Math.max(0, columns - shown.length));
  return `${name.padEnd(NAME_WIDTH)}${shown}`.slice(0, columns);
}

/** Undefined while it goes on. */
function lastWord(
  { agent, state, message, sizeBytes, wasHere }: AgentPull__Output,
  { paint }: View,
): string | undefined {
  const name = printable(agent);
  if (state === 'AGENT_PULL_STATE_FAILED')
    return `agent/${name} ${paint('bad', 'failed')}: ${printable(message)}\n`;
  if (state !== 'AGENT_PULL_STATE_DONE') return undefined;
  return `agent/${name} ${paint('good', wasHere ? 'has it already' : 'pulled')} (${bytes(sizeBytes)})\n`;
}

/** In quarters, so that a log does not fill up with it. */
function inLines(deps: CliDeps, flags: FleetFlags): PullProgress {
  const { stdout } = deps;
  const told = new Map<string, string>();
  return {
    show(pulls) {
      const view = viewOf(deps, flags);
      for (const pull of pulls) {
        const text = lastWord(pull, view) ?? stepOf(pull);
        if (text === undefined || told.get(pull.agent) === text) continue;
        told.set(pull.agent, text);
        stdout.write(text);
      }
    },
    end: () => {},
  };
}

function stepOf({ agent, state, doneBytes, totalBytes }: AgentPull__Output): string | undefined {
  if (state !== 'AGENT_PULL_STATE_PULLING') return undefined;
  const quarter = totalBytes === 0 ? 0 : Math.floor((doneBytes * 4) / totalBytes) * 25;
  return `agent/${printable(agent)} pulling${quarter === 0 ? '' : `: ${quarter}%`}\n`;
}

function bytes(count: number): string {
  return formatAmount('memory', BigInt(count) * 1000n);
}
