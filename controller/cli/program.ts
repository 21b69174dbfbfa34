// The `longshore` command line. Builds the operator's commands; longshore.ts adds its own to the same program and turns the
// result into the exit code. What is heavy (gRPC, YAML) is loaded by the command that needs it.
import { Command, CommanderError } from 'commander';
import { describeError } from '../../common/errors.ts';
import { VERSION } from '../../common/version.ts';
import { addAgentsCordon } from './agents-cordon.ts';
import { addAgentsDescribe } from './agents-describe.ts';
import { addAgentsDrain } from './agents-drain.ts';
import { addAgentsLabel } from './agents-label.ts';
import { addAgentsList } from './agents-list.ts';
import { addAgentsLogs } from './agents-logs.ts';
import { addAgentsRemove } from './agents-remove.ts';
import { addAgentsTaint } from './agents-taint.ts';
import { addCompletion } from './completion.ts';
import type { CliDeps, Output } from './deps.ts';
import { addDoctor } from './doctor.ts';
import { addEvents } from './events.ts';
import { EXIT, ExitWith, exitCodeOf } from './exit-code.ts';
import { addExplain } from './explain.ts';
import { addImagesList } from './images-list.ts';
import { addImagesPin } from './images-pin.ts';
import { addImagesPull } from './images-pull.ts';
import { printable } from './paint.ts';
import { addPodsList } from './pods-list.ts';
import { addStatus } from './status.ts';
import { addTokensCreate } from './tokens-create.ts';
import { addTopAgents } from './top-agents.ts';
import { addTopPods } from './top-pods.ts';
import { addVersion } from './version.ts';

/** Commands that longshore.ts adds with `program.command(…)` inherit the output and that nothing exits the process. */
export function createCliProgram(deps: CliDeps): Command {
  const program = new Command('longshore')
    .description('Kubernetes pods on spare machines, without a kubelet on them.')
    .version(VERSION, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => deps.stdout.write(text),
      writeErr: (text) => deps.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(--help shows the flags and examples)')
    .helpCommand(false)
    .addHelpText('after', `\n${EXIT_CODES}`);
  program.commandsGroup('The fleet:');
  addStatus(program, deps);
  const agents = group(program, 'agents', 'The machines of the fleet');
  for (const add of AGENT_COMMANDS) add(agents, deps);
  const images = group(program, 'images', 'The images on them');
  for (const add of [addImagesList, addImagesPull, addImagesPin]) add(images, deps);
  addPodsList(group(program, 'pods', 'The pods on them'), deps);
  const top = group(program, 'top', 'What machines and pods use');
  addTopAgents(top, deps);
  addTopPods(top, deps);
  addEvents(program, deps);
  addExplain(program, deps);
  addDoctor(program, deps);
  addTokensCreate(group(program, 'tokens', 'Tokens that machines join with'), deps);
  program.commandsGroup('This program:');
  addCompletion(program, deps);
  addVersion(program, deps);
  return program;
}

/** In the order of the help. */
const AGENT_COMMANDS = [
  addAgentsList,
  addAgentsDescribe,
  addAgentsLabel,
  addAgentsTaint,
  addAgentsCordon,
  addAgentsDrain,
  addAgentsRemove,
  addAgentsLogs,
] as const;

function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).helpCommand(false);
}

const EXIT_CODES = `Exit codes: 0 done, 1 failed, 2 wrong usage, 3 controller or API server unreachable, 4 not authorised,
5 waited for too long, 130 interrupted.`;

/** Runs one command line (without node and script) and resolves with the exit code; errors become one line. */
export async function runProgram(
  program: Command,
  argv: readonly string[],
  { stderr }: { readonly stderr: Output },
): Promise<number> {
  try {
    await program.parseAsync(argv, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    const isSaid = error instanceof CommanderError || error instanceof ExitWith;
    const code = exitCodeOf(error);
    // That something was aborted is no news to who has interrupted it.
    const what = code === EXIT.interrupted && error instanceof Error ? error.message : describeError(error);
    if (!isSaid) stderr.write(`error: ${printable(what)}\n`);
    return code;
  }
}
