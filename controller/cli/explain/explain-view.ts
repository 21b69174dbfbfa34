// What became of a pod and why, for people. Pure.
import type { AgentVerdict__Output } from '../../../proto/gen/longshore/v1/AgentVerdict.ts';
import { formatAge } from '../age.ts';
import type { View } from '../fleet-command.ts';
import { printable } from '../paint.ts';
import { renderSections } from '../sections.ts';
import { renderTable } from '../table.ts';
import type { Advice, PodSituation } from './advice.ts';
import { clockTime, type Moment } from './timeline.ts';

export interface Explained extends PodSituation {
  readonly nodeName: string;
  readonly advice: Advice;
  readonly timeline: readonly Moment[];
  /** Why no events are among them; undefined: they were read. */
  readonly eventsProblem: string | undefined;
}

const AGENTS_SHOWN = 20;

export function renderExplained(explained: Explained, view: View): string {
  const { pod, agent, nodeName, advice, eventsProblem, verdicts } = explained;
  const { nowMs, paint } = view;
  const tone = advice.isFine ? 'good' : 'warn';
  const state = `${pod.status}, ${pod.containersReady}/${pod.containers} ready, ${pod.restarts} restarts`;
  const seen = agent?.lastSeenMs ? `last seen ${formatAge(agent.lastSeenMs, nowMs)} ago` : 'never seen';
  const agentState = agent && `${agent.ready ? 'Ready' : 'NotReady'}, ${seen}`;
  return renderSections(
    [
      {
        rows: [
          ['Pod', `${pod.namespace}/${pod.name}`],
          ['State', state],
          ['Node', nodeName],
          ['Agent', pod.agent ? `${pod.agent}${agentState ? ` (${agentState})` : ''}` : '<none>'],
          ['In short', paint(tone, printable(advice.inShort)), 'painted'],
        ],
      },
      {
        title: pod.agent ? 'What helps' : 'What would have to change',
        text: advice.remedies.map((remedy) => `- ${printable(remedy)}\n`).join(''),
      },
      {
        title: 'Timeline',
        text: `${renderTimeline(explained.timeline, view)}${eventsProblem ? `Events are missing: ${printable(eventsProblem)}\n` : ''}`,
      },
      {
        title: pod.agent ? 'Agents, if it were to be placed now' : 'Agents',
        text: verdicts.length === 0 ? '' : renderVerdicts(verdicts, view),
      },
    ],
    view,
  );
}

export function renderTimeline(moments: readonly Moment[], view: View): string {
  return renderTable(
    moments,
    [
      { header: 'TIME (UTC)', cell: ({ atMs }) => clockTime(atMs), tone: () => 'faint' },
      { header: 'AGE', cell: ({ atMs }) => formatAge(Math.min(atMs, view.nowMs), view.nowMs) },
      { header: 'SOURCE', cell: ({ source }) => source },
      { header: 'WHAT', cell: ({ what }) => what, tone: ({ tone }) => tone },
    ],
    view,
  );
}

/** The chosen one, those that fit, then the others; of a large fleet the first ones, unless there is room. */
function renderVerdicts(verdicts: readonly AgentVerdict__Output[], view: View): string {
  const rank = ({ chosen, obstacles }: AgentVerdict__Output) => (chosen ? 0 : obstacles.length === 0 ? 1 : 2);
  const sorted = verdicts.toSorted((a, b) => rank(a) - rank(b) || (a.agent < b.agent ? -1 : 1));
  const shown = view.wide ? sorted : sorted.slice(0, AGENTS_SHOWN);
  const rest = sorted.length - shown.length;
  const table = renderTable(
    shown,
    [
      { header: 'AGENT', cell: ({ agent }) => agent },
      {
        header: 'VERDICT',
        cell: (verdict) => ['best', 'fits', 'no'][rank(verdict)] ?? '',
        tone: (verdict) => (['good', undefined, 'warn'] as const)[rank(verdict)],
      },
      {
        header: 'WHY',
        cell: ({ merits, obstacles }) =>
          obstacles.length > 0 ? obstacles.map(({ text }) => text).join(', ') : merits.join(', '),
      },
    ],
    view,
  );
  return rest > 0 ? `${table}… and ${rest} more: -o wide\n` : table;
}
