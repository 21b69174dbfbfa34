// `longshore agents logs`: an agent's own log, over its connection.
import type { Command } from 'commander';
import { logLineTime, renderLogLine } from './agent-log-line.ts';
import type { CliDeps } from './deps.ts';
import { parseAgentName, parseCount } from './flag-values.ts';
import { type FleetFlags, fleetCommand, isForPeople, viewOf } from './fleet-command.ts';
import { type Connection, whileConnected } from './lasting-fleet.ts';

interface LogsFlags extends FleetFlags {
  readonly follow: boolean;
  readonly tail?: number;
}

export function addAgentsLogs(agents: Command, deps: CliDeps): void {
  fleetCommand(agents, {
    name: 'logs',
    summary: "Show an agent's own log",
    description:
      "Show an agent's own log: the last lines of this run, over its connection. The log of the pods on it is in kubectl logs. With -o json the lines are as the agent writes them.",
    examples: [
      'longshore agents logs garage-pi',
      'longshore agents logs garage-pi --tail 20 --follow',
      'longshore agents logs garage-pi -o json | jq .msg',
    ],
  })
    .argument('<agent>', 'the agent', parseAgentName)
    .option('-f, --follow', 'go on with what comes', false)
    .option('--tail <lines>', 'only the last lines (default: all that it keeps)', parseCount)
    .action(async (name: string, flags: LogsFlags) => {
      const { tail, follow } = flags;
      const show = createLineShower(deps, flags);
      let hasBegun = false;
      let isOver = false;
      // A stream that follows ends now and then, with its token: the next begins with all that the agent keeps.
      const work = async ({ fleet, answered }: Connection) => {
        show.resume();
        const past = hasBegun || tail === undefined ? {} : { tailLines: tail };
        for await (const { data } of fleet.agentLog({ name, follow, ...past })) {
          answered();
          hasBegun = true;
          show.chunk(data);
        }
        answered();
        isOver = !follow;
      };
      await whileConnected(deps, flags, { work, isDone: () => isOver });
    });
}

interface LineShower {
  /** Cut anywhere; whole lines are shown. */
  chunk(data: Uint8Array): void;
  /** What comes next may have been shown already, up to a line that is newer than the last. */
  resume(): void;
}

function createLineShower(deps: CliDeps, flags: LogsFlags): LineShower {
  let decoder = new TextDecoder();
  let rest = '';
  let lastTime = '';
  let newest = '';
  let shownThen = new Set<string>();
  let isRepeating = false;
  let isAtLast = false;
  /** The machine's clock may have been set back: what follows the last is new whatever its time. */
  const wasShown = (line: string, time: string) => {
    const isLast = time === lastTime && shownThen.has(line);
    isAtLast ||= isLast;
    return isLast || (!isAtLast && time <= newest);
  };
  const show = (line: string) => {
    const time = logLineTime(line);
    if (isRepeating && wasShown(line, time)) return;
    isRepeating = false;
    if (time !== lastTime) shownThen = new Set();
    shownThen.add(line);
    lastTime = time;
    if (time > newest) newest = time;
    const begin = flags.output === 'yaml' ? '---\n' : '';
    deps.stdout.write(isForPeople(flags) ? renderLogLine(line, viewOf(deps, flags)) : `${begin}${line}\n`);
  };
  return {
    chunk(data) {
      const lines = (rest + decoder.decode(data, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) show(line);
    },
    resume() {
      decoder = new TextDecoder();
      rest = '';
      isRepeating = lastTime !== '';
      isAtLast = false;
    },
  };
}
