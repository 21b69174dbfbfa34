// `longshore tokens create`: a token for a machine to join with. It alone goes to stdout, what to do with it to stderr.
import { type Command, Option } from 'commander';
import type { CreateTokenResponse__Output } from '../../proto/gen/longshore/v1/CreateTokenResponse.ts';
import { formatDuration } from './age.ts';
import type { CliDeps } from './deps.ts';
import { collectLabel, durationBetween, parseAgentName } from './flag-values.ts';
import { type FleetFlags, fleetCommand, isForPeople, print, withFleet } from './fleet-command.ts';

interface TokenFlags extends FleetFlags {
  /** In seconds. */
  readonly ttl: number;
  readonly agent?: string;
  readonly label?: Record<string, string>;
  readonly reusable: boolean;
}

export function addTokensCreate(tokens: Command, deps: CliDeps): void {
  fleetCommand(tokens, {
    name: 'create',
    summary: 'Create a token for a machine to join with',
    description:
      'Create a token for a machine to join with. It is shown once: the controller keeps only a hash of it.',
    examples: [
      'longshore tokens create',
      'longshore tokens create --agent garage-pi --label zone=garage --label disk=ssd',
      'longshore tokens create --reusable --ttl 7d',
    ],
  })
    .optionsGroup('The token:')
    .addOption(
      new Option('--ttl <duration>', 'how long it can be used, 60s to 30d')
        .argParser(durationBetween({ min: '60s', max: '30d' }))
        .default(3600, '1h'),
    )
    .option('--agent <name>', 'only a machine that joins under this name may use it', parseAgentName)
    .option('--label <key=value>', 'label the machine will have; may be given several times', collectLabel)
    .option('--reusable', 'several machines may use it until it expires', false)
    .action(async (flags: TokenFlags) => {
      const answer = await withFleet(deps, flags, (fleet) =>
        fleet.createToken({
          ttlSeconds: flags.ttl,
          agentName: flags.agent ?? '',
          labels: flags.label ?? {},
          reusable: flags.reusable,
        }),
      );
      await print(deps, flags, { data: answer, render: () => `${answer.token}\n` });
      if (isForPeople(flags)) {
        const shown = deps.stdout.isTTY === true;
        deps.stderr.write(advice(answer, { reusable: flags.reusable, nowMs: deps.clock.now(), shown }));
      }
    });
}

interface Circumstances {
  readonly reusable: boolean;
  readonly nowMs: number;
  /** The token is on the screen already, so the command line may be complete. */
  readonly shown: boolean;
}

export function advice(answer: CreateTokenResponse__Output, circumstances: Circumstances): string {
  const { reusable, nowMs, shown } = circumstances;
  const life = formatDuration(wholeMinutes(answer.expiresAtMs - nowMs));
  const uses = reusable ? 'For any number of machines' : 'For one machine';
  const address = answer.controllerAddress || 'HOST:PORT';
  const token = shown ? answer.token : 'TOKEN';
  return `${uses}, for ${life}; it is not shown again. On the machine, in a checkout of Longshore:\n  sudo ./install.sh agent --controller ${address} --token ${token}\n`;
}

/** The answer was a moment on its way; an hour is still an hour. */
function wholeMinutes(ms: number): number {
  return Math.ceil(ms / 60_000) * 60_000;
}
