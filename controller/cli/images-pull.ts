// `longshore images pull`: brings an image to machines before pods need it. What it does to one machine says nothing about the
// others: each fails or succeeds by itself, and the exit code says whether all of them did.
import { type Command, Option } from 'commander';
import { LongshoreError } from '../../common/errors.ts';
import type { AgentPull__Output } from '../../proto/gen/longshore/v1/AgentPull.ts';
import type { CliDeps } from './deps.ts';
import { EXIT, ExitWith } from './exit-code.ts';
import { parseImage, parseParallel, parseSecretName } from './flag-values.ts';
import { type FleetFlags, fleetCommand, print, withCluster, withFleet } from './fleet-command.ts';
import { type AgentSelection, addAgentSelection, selectorOf } from './images-selection.ts';
import { createPullProgress } from './pull-progress.ts';
import { readDockerConfig } from './registry-secret.ts';

interface PullFlags extends FleetFlags, AgentSelection {
  readonly pin: boolean;
  readonly secret?: { readonly namespace: string; readonly name: string };
  readonly parallel: number;
}

const DESCRIPTION = [
  'Pull an image on agents before pods need it, as it is in the registry now. With --pin it stays there although nothing uses',
  'it, until `images unpin`. For a private registry name a pull secret; it is read as you, goes to the agents for this pull and',
  'is not kept. Interrupting the command ends the pulls.',
].join(' ');

export function addImagesPull(images: Command, deps: CliDeps): void {
  const command = fleetCommand(images, {
    name: 'pull',
    summary: 'Pull an image on agents',
    description: DESCRIPTION,
    examples: [
      'longshore images pull nginx:1.29 --all',
      'longshore images pull nginx:1.29 --agents zone=garage,arch=arm64 --pin',
      'longshore images pull registry.example/team/app:2 --agents longshore.dev/agent=garage-pi --secret team/registry',
    ],
  }).argument('<image>', 'the image', parseImage);
  addAgentSelection(command)
    .optionsGroup('How it is pulled:')
    .option('--pin', 'keep it there although nothing uses it', false)
    .option('--secret <namespace/name>', 'pull secret for the registry', parseSecretName)
    .addOption(
      new Option('--parallel <agents>', 'how many agents pull at a time, the slow ones aside')
        .argParser(parseParallel)
        .default(10),
    )
    .action((image: string, flags: PullFlags) => pull(image, deps, flags));
}

async function pull(image: string, deps: CliDeps, flags: PullFlags): Promise<void> {
  const { pin, secret, parallel } = flags;
  const selector = selectorOf(flags);
  const dockerConfigJson = secret
    ? await withCluster(deps, flags, (cluster) => readDockerConfig(cluster, secret, deps.signal))
    : Buffer.alloc(0);
  const request = { image, selector, pin, dockerConfigJson, parallel };
  const progress = createPullProgress(deps, flags);
  const known = new Map<string, AgentPull__Output>();
  try {
    do {
      // A call may end before all is pulled. What has come to its end keeps it; the rest begins anew.
      await withFleet(deps, flags, async (fleet) => {
        for await (const { pulls } of fleet.pullImage(request)) {
          for (const one of pulls) {
            const before = known.get(one.agent);
            if (!before || isGoing(before)) known.set(one.agent, one);
          }
          progress.show(pulls);
        }
      });
      if (known.size === 0)
        throw new LongshoreError('internal', 'the controller ended the pull without a word');
    } while ([...known.values()].some(isGoing));
  } finally {
    progress.end();
  }
  const pulls = [...known.values()].sort((a, b) => (a.agent < b.agent ? -1 : 1));
  await print(deps, flags, { data: { pulls }, render: () => '' });
  if (pulls.some(({ state }) => state === 'AGENT_PULL_STATE_FAILED')) throw new ExitWith(EXIT.failure);
}

function isGoing({ state }: AgentPull__Output): boolean {
  return state === 'AGENT_PULL_STATE_WAITING' || state === 'AGENT_PULL_STATE_PULLING';
}
