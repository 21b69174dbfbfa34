// Makes one probe within its time. Rejects when it could not be made: that says nothing of the container.
import type { Clock } from '../../common/clock.ts';
import { TimeLimitError, withinMs } from '../../common/time-limit.ts';
import type { ProbeTarget } from '../pod/probe-targets.ts';
import { probeGrpc } from './grpc-probe.ts';
import { httpTimeout, probeHttp } from './http-probe.ts';
import { failure, MAX_OUTPUT_BYTES, type ProbeOutcome, SUCCESS } from './probe-outcome.ts';
import { probeTcp } from './tcp-probe.ts';

/** Runs a command in a container to its end; when aborted it ends the command, and rejects. */
export type RunCommand = (
  containerId: string,
  command: readonly string[],
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
) => Promise<{ readonly exitCode: number; readonly output: string }>;

export interface ProbeTools {
  readonly clock: Clock;
  readonly runCommand: RunCommand;
}

export async function makeProbe(
  target: ProbeTarget,
  { clock, runCommand }: ProbeTools,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const { settings } = target;
  try {
    return await withinMs({ ms: settings.timeoutMs, clock, signal }, (until) =>
      ask(target, runCommand, until),
    );
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error;
    return failure(timeoutWords(target));
  }
}

async function ask(
  { action, containerId }: ProbeTarget,
  runCommand: RunCommand,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  switch (action.kind) {
    case 'exec': {
      const options = { maxBytes: MAX_OUTPUT_BYTES, signal };
      const { exitCode, output } = await runCommand(containerId, action.command, options);
      return exitCode === 0 ? SUCCESS : failure(output);
    }
    case 'http':
      return probeHttp(action.target, signal);
    case 'tcp':
      return probeTcp(action.target, signal);
    case 'grpc':
      return probeGrpc(action.target, action.service, signal);
    case 'none':
      throw new Error(action.problem);
    default:
      return action satisfies never;
  }
}

function timeoutWords({ action, settings }: ProbeTarget): string {
  const limit = `${settings.timeoutMs / 1000}s`;
  switch (action.kind) {
    case 'exec':
      return `command timed out: "${action.command.join(' ')}" timed out after ${limit}`;
    case 'http':
      return httpTimeout(action.target);
    case 'tcp':
      return `dial tcp ${action.target.host}:${action.target.port}: i/o timeout`;
    case 'grpc':
      return `timeout: health rpc did not complete within ${limit}`;
    case 'none':
      return action.problem;
    default:
      return action satisfies never;
  }
}
