// `longshore images list`: the images that agents hold, and where they are pinned.
import type { Command } from 'commander';
import type { FleetImage__Output } from '../../proto/gen/longshore/v1/FleetImage.ts';
import { formatAmount } from './amount.ts';
import type { CliDeps } from './deps.ts';
import { type FleetFlags, fleetCommand, print, type View, withFleet } from './fleet-command.ts';
import { type Column, renderTable } from './table.ts';

interface ListFlags extends FleetFlags {
  readonly agents?: string;
  readonly pinned: boolean;
}

export function addImagesList(images: Command, deps: CliDeps): void {
  fleetCommand(images, {
    name: 'list',
    summary: 'List the images that agents hold',
    description:
      'List the images that agents hold, the hundred largest of each, and those that are pinned. Images without a tag are not shown.',
    examples: [
      'longshore images list',
      'longshore images list --agents zone=garage --pinned',
      'longshore images list -o wide',
    ],
  })
    .optionsGroup('Which images:')
    .option(
      '--agents <selector>',
      'of agents with these labels, such as zone=garage,arch in (arm64),!old',
      '',
    )
    .option('--pinned', 'only those that are pinned somewhere', false)
    .action(async (flags: ListFlags) => {
      const answer = await withFleet(deps, flags, (fleet) => fleet.images({ selector: flags.agents ?? '' }));
      const shown = answer.images.filter(({ pinnedOn }) => !flags.pinned || pinnedOn.length > 0);
      await print(deps, flags, { data: { images: shown }, render: (view) => renderImages(shown, view) });
    });
}

export function renderImages(images: readonly FleetImage__Output[], view: View): string {
  return images.length === 0 ? '' : renderTable(images, COLUMNS, view);
}

const COLUMNS: readonly Column<FleetImage__Output>[] = [
  { header: 'IMAGE', cell: ({ name }) => shortName(name) },
  {
    header: 'SIZE',
    align: 'right',
    cell: ({ sizeBytes }) => (sizeBytes === 0 ? '-' : formatAmount('memory', BigInt(sizeBytes) * 1000n)),
  },
  { header: 'AGENTS', align: 'right', cell: ({ agents }) => String(agents.length) },
  {
    header: 'PINNED',
    align: 'right',
    cell: ({ pinnedOn }) => String(pinnedOn.length),
    tone: ({ pinnedOn, agents }) =>
      pinnedOn.some((agent) => !agents.includes(agent)) ? 'warn' : pinnedOn.length > 0 ? 'good' : 'faint',
  },
  { header: 'ON', wide: true, cell: ({ agents }) => agents.join(',') || '<none>' },
  { header: 'PINNED ON', wide: true, cell: ({ pinnedOn }) => pinnedOn.join(',') || '<none>' },
];

/** As people write it. */
export function shortName(name: string): string {
  return name.replace(/^docker\.io\/(library\/)?/, '');
}
