// The fleet at a glance, for people. Pure: the answer in, text out.
import type { Milli } from '../../common/quantity.ts';
import type { FleetStatus__Output } from '../../proto/gen/longshore/v1/FleetStatus.ts';
import { formatAge } from './age.ts';
import { amountOf, formatAmount, percentOf } from './amount.ts';
import { bar } from './bar.ts';
import type { View } from './fleet-command.ts';
import { type Paint, printable, type Tone } from './paint.ts';
import { inOrder, RESOURCE_ORDER } from './resource-order.ts';
import { type Column, renderTable } from './table.ts';

const WAITING_SHOWN = 10;
const PHASE_ORDER = ['Running', 'Pending', 'Succeeded', 'Failed', 'Unknown'];

export function renderStatus(status: FleetStatus__Output, view: View): string {
  return [overview(status, view), capacity(status, view), waiting(status, view)]
    .filter((section) => section !== '')
    .join('\n');
}

function overview(status: FleetStatus__Output, { wide, paint, nowMs }: View): string {
  const { agentsReady, agentsTotal, agentsSchedulable, agentsResting, startedAtMs, epoch } = status;
  const dot = paint.unicode ? '● ' : '';
  const ready = status.nodeReady ? paint('good', `${dot}Ready`) : paint('bad', `${dot}NotReady`);
  const up = startedAtMs === 0 ? '' : `, up ${formatAge(startedAtMs, nowMs)}`;
  const resting = agentsResting > 0 ? `, ${agentsResting} left to their owners` : '';
  const agents = `${agentsReady} of ${agentsTotal} ready, ${agentsSchedulable} schedulable${resting}`;
  const rows: [name: string, text: string][] = [
    ['Node', `${printable(status.nodeName)}  ${ready}`],
    [
      'Controller',
      `${printable(status.controllerVersion) || '<unknown>'}${up}${wide ? `, term ${epoch}` : ''}`,
    ],
    ['Agents', agentsTotal === 0 ? NO_AGENTS : paint(agentsTone(status), agents)],
    ['Pods', phases(status, paint)],
  ];
  return rows.map(([name, text]) => `${paint('strong', name.padEnd(12))}${text}\n`).join('');
}

const NO_AGENTS = 'none yet: `longshore tokens create` makes the token a machine joins with';

function agentsTone({ agentsReady, agentsTotal }: FleetStatus__Output): Tone {
  if (agentsReady === agentsTotal) return 'good';
  return agentsReady === 0 ? 'bad' : 'warn';
}

const PHASE_TONES: Readonly<Record<string, Tone>> = {
  Running: 'good',
  Pending: 'warn',
  Failed: 'bad',
  Unknown: 'bad',
};

function phases({ podsByPhase }: FleetStatus__Output, paint: Paint): string {
  const parts = inOrder(Object.keys(podsByPhase), PHASE_ORDER)
    .map((phase) => ({ phase, count: podsByPhase[phase] ?? 0 }))
    .filter(({ count }) => count > 0)
    .map(({ phase, count }) => paint(PHASE_TONES[phase], `${count} ${printable(phase)}`));
  return parts.length === 0 ? 'none' : parts.join(', ');
}

interface ResourceRow {
  readonly resource: string;
  readonly requested: Milli;
  readonly allocatable: Milli | undefined;
  readonly percent: number | undefined;
}

function capacity(status: FleetStatus__Output, view: View): string {
  const names = new Set([...Object.keys(status.allocatable), ...Object.keys(status.requested)]);
  if (names.size === 0) return '';
  const rows = inOrder([...names], RESOURCE_ORDER).map((resource): ResourceRow => {
    const requested = amountOf(status.requested, resource) ?? 0n;
    const allocatable = amountOf(status.allocatable, resource);
    return { resource, requested, allocatable, percent: percentOf(requested, allocatable) };
  });
  const columns: Column<ResourceRow>[] = [
    { header: 'RESOURCE', cell: ({ resource }) => resource },
    {
      header: 'REQUESTED',
      align: 'right',
      cell: ({ resource, requested }) => formatAmount(resource, requested),
    },
    {
      header: 'ALLOCATABLE',
      align: 'right',
      cell: ({ resource, allocatable }) =>
        allocatable === undefined ? '-' : formatAmount(resource, allocatable),
    },
    {
      header: 'SHARE',
      cell: ({ percent }) => (percent === undefined ? '-' : `${bar(percent, view.paint)} ${percent}%`),
      tone: ({ percent }) => usageTone(percent),
    },
  ];
  return renderTable(rows, columns, view);
}

function usageTone(percent: number | undefined): Tone | undefined {
  if (percent === undefined) return 'faint';
  if (percent >= 95) return 'bad';
  return percent >= 80 ? 'warn' : 'good';
}

function waiting(status: FleetStatus__Output, view: View): string {
  const all = status.waiting;
  if (all.length === 0) return '';
  const shown = view.wide ? all : all.slice(0, WAITING_SHOWN);
  const table = renderTable(
    shown,
    [
      { header: 'NAMESPACE', cell: ({ namespace }) => namespace },
      { header: 'NAME', cell: ({ name }) => name },
      { header: 'REASON', cell: ({ reason }) => reason || '<not yet known>' },
    ],
    view,
  );
  const rest = all.length - shown.length;
  const more = rest > 0 ? `… and ${rest} more: longshore status -o wide\n` : '';
  const title = `Waiting for an agent (${all.length}):`;
  return `${view.paint('warn', title)}\n${table}${more}`;
}
