// The bodies of the routes that show what the node and its pods use.
import { EXPOSITION_TYPE, expositionText } from '../../common/metrics/exposition.ts';
import { cadvisorMetrics } from '../model/figures/cadvisor-metrics.ts';
import type { NodeFigures } from '../model/figures/node-figures.ts';
import { probeMetrics } from '../model/figures/probe-metrics.ts';
import { resourceMetrics } from '../model/figures/resource-metrics.ts';
import { statsSummary } from '../model/figures/summary.ts';
import type { FiguresRoute } from './routes.ts';

export interface Body {
  readonly contentType: string;
  readonly chunks: Iterable<string>;
}

const METRICS = { resource: resourceMetrics, cadvisor: cadvisorMetrics, probes: probeMetrics };

export function figuresBody(what: FiguresRoute['what'], figures: NodeFigures, query: URLSearchParams): Body {
  if (what !== 'summary')
    return { contentType: EXPOSITION_TYPE, chunks: expositionText(METRICS[what](figures)) };
  const asked = query.getAll('only_cpu_and_memory');
  const brief = asked.length === 1 && asked[0] === 'true';
  return { contentType: 'application/json', chunks: [JSON.stringify(statsSummary(figures, { brief }))] };
}
