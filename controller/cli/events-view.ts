// Events as `kubectl get events` shows them, with the agent where there is one.
import { formatAge } from './age.ts';
import type { ClusterEvent } from './cluster.ts';
import type { View } from './fleet-command.ts';
import { type Column, renderTable } from './table.ts';

export function renderEvents(events: readonly ClusterEvent[], view: View): string {
  return events.length === 0 ? '' : renderTable(events, eventColumns(view), view);
}

export function eventColumns({ nowMs }: View): Column<ClusterEvent>[] {
  return [
    { header: 'LAST SEEN', cell: (event) => lastSeen(event, nowMs) },
    { header: 'TYPE', cell: ({ type }) => type, tone: typeTone },
    { header: 'REASON', cell: ({ reason }) => reason },
    { header: 'AGENT', cell: ({ agent }) => agent || '<none>' },
    { header: 'NAMESPACE', wide: true, cell: ({ namespace }) => namespace || '<none>' },
    { header: 'OBJECT', cell: ({ kind, name }) => `${kind.toLowerCase()}/${name}` },
    { header: 'PART', wide: true, cell: ({ fieldPath }) => fieldPath || '<none>' },
    {
      header: 'FROM',
      wide: true,
      cell: ({ component, host }) => [component, host].filter(Boolean).join(', '),
    },
    { header: 'MESSAGE', cell: ({ message }) => message },
  ];
}

export function typeTone({ type }: { readonly type: string }): 'warn' | undefined {
  return type === 'Warning' ? 'warn' : undefined;
}

/** `12s (x3 over 5m)`. */
export function lastSeen({ count, firstMs, lastMs }: ClusterEvent, nowMs: number): string {
  const last = formatAge(lastMs, nowMs);
  return count > 1 ? `${last} (x${count} over ${formatAge(firstMs, nowMs)})` : last;
}
