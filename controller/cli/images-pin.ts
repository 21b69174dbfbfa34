// `longshore images pin` and `unpin`: whether machines keep an image although nothing uses it. It changes spec.pinnedImages of
// the Agent objects.
import type { Command } from 'commander';
import type { CliDeps } from './deps.ts';
import { EXIT, ExitWith } from './exit-code.ts';
import { parseImage } from './flag-values.ts';
import { type FleetFlags, fleetCommand, print, withFleet } from './fleet-command.ts';
import { type AgentSelection, addAgentSelection, selectorOf } from './images-selection.ts';
import { printable } from './paint.ts';

export function addImagesPin(images: Command, deps: CliDeps): void {
  const pin = fleetCommand(images, {
    name: 'pin',
    summary: 'Keep an image on agents',
    description:
      'Keep an image on agents although nothing uses it (spec.pinnedImages of the Agents). It is not pulled for that: see `images pull --pin`.',
    examples: ['longshore images pin nginx:1.29 --agents zone=garage'],
  });
  const unpin = fleetCommand(images, {
    name: 'unpin',
    summary: 'Let agents remove an image again',
    description:
      'Let agents remove an image again, when their disk is nearly full and nothing uses it. It is not removed at once.',
    examples: ['longshore images unpin nginx:1.29 --all'],
  });
  for (const command of [pin, unpin]) {
    addAgentSelection(command.argument('<image>', 'the image', parseImage)).action(
      (image: string, flags: FleetFlags & AgentSelection) =>
        change({ image, unpin: command === unpin }, deps, flags),
    );
  }
}

async function change(
  wish: { readonly image: string; readonly unpin: boolean },
  deps: CliDeps,
  flags: FleetFlags & AgentSelection,
): Promise<void> {
  const selector = selectorOf(flags);
  const answer = await withFleet(deps, flags, (fleet) => fleet.pinImage({ ...wish, selector }));
  const word = wish.unpin ? 'unpinned' : 'pinned';
  const same = wish.unpin ? 'not pinned' : 'already pinned';
  await print(deps, flags, {
    data: answer,
    render: ({ paint }) =>
      answer.agents
        .map(({ agent, changed, problem }) => {
          const how = problem ? `${paint('bad', 'failed')}: ${printable(problem)}` : changed ? word : same;
          return `agent/${printable(agent)} ${how}\n`;
        })
        .join(''),
  });
  if (answer.agents.some(({ problem }) => problem !== '')) throw new ExitWith(EXIT.failure);
}
