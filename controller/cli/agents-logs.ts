// `longshore agents logs`: an agent's own log, over its connection.
import type { Command } from 'commander';
import { renderLogLine } from './agent-log-line.ts';
import type { CliDeps } from './deps.ts';
import { parseAgentName, parseCount } from './flag-values.ts';
import { type FleetFlags, fleetCommand, isForPeople, viewOf, withFleet } from './fleet-command.ts';

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
      const write = createLineWriter(deps, flags);
      const { follow } = flags;
      let { tail } = flags;
      // A stream that follows ends now and then, with its token.
      do {
        await withFleet(deps, flags, async (fleet) => {
          const request = { name, follow, ...(tail !== undefined && { tailLines: tail }) };
          for await (const { data } of fleet.agentLog(request)) write(data);
        });
        tail = 0;
      } while (follow);
    });
}

/** Takes chunks that are cut anywhere, and writes whole lines. */
function createLineWriter(deps: CliDeps, flags: LogsFlags): (data: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  return (data) => {
    const lines = (rest + decoder.decode(data, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    const view = viewOf(deps, flags);
    for (const line of lines) {
      deps.stdout.write(isForPeople(flags) ? renderLogLine(line, view) : `${line}\n`);
    }
  };
}
