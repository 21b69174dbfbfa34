// The tables of docs/metrics.md, from what the programs measure: every metric with its type, its labels and what it says.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_METRICS } from '../common/agent-metrics.ts';
import type { MetricDefinition } from '../common/metrics/family.ts';
import { createControllerMetrics, type MetricSection } from '../controller/metrics/controller-metrics.ts';

const target = join(import.meta.dirname, '../docs/metrics.md');
const BEGIN = '<!-- generated: npm run generate -->';
const END = '<!-- end of what is generated -->';

/** Everything that is ever measured. */
export function metricSections(): MetricSection[] {
  using metrics = createControllerMetrics();
  return metrics.measure({
    nodeName: '',
    isLeader: true,
    certificates: { ca: undefined, grpc: undefined, kubelet: undefined, node: undefined },
    nowMs: 0,
    fleet: { agents: [], pods: [] },
    agents: AGENT_METRICS.map((definition) => ({
      ...{ ...definition, labels: ['agent', ...definition.labels], samples: [] },
    })),
  });
}

export function metricsTableIsStale(): boolean {
  const text = readFileSync(target, 'utf8');
  return text !== withTables(text);
}

export function writeMetricsTable(): void {
  writeFileSync(target, withTables(readFileSync(target, 'utf8')));
}

function withTables(text: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${target} does not say where its tables go`);
  const tables = metricSections().map(section).join('\n');
  return `${text.slice(0, begin + BEGIN.length)}\n\n${tables}\n${text.slice(end)}`;
}

function section({ title, families }: MetricSection): string {
  return [
    `### ${title}`,
    '',
    '| Metric | Type | Labels | |',
    '|---|---|---|---|',
    ...families.map(row),
    '',
  ].join('\n');
}

function row({ name, type, labels, help }: MetricDefinition): string {
  const shown = labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${type} | ${shown} | ${help.replaceAll('|', '\\|')} |`;
}
