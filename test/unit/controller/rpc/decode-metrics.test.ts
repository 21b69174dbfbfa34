import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAgentMetrics } from '../../../../agent/host/agent-metrics.ts';
import { metricsMessage } from '../../../../agent/link/metrics-message.ts';
import { decodeMetrics } from '../../../../controller/rpc/decode-metrics.ts';
import type { MetricSample__Output } from '../../../../proto/gen/longshore/v1/MetricSample.ts';
import type { MetricsReport__Output } from '../../../../proto/gen/longshore/v1/MetricsReport.ts';

const SESSIONS = 'longshore_agent_sessions_total';
const PULLS = 'longshore_agent_image_pulls_total';
const CALLS = 'longshore_agent_docker_call_duration_seconds';
const sample = (overrides: Partial<MetricSample__Output> = {}): MetricSample__Output => ({
  ...{ labels: {}, value: 1, suffix: '' },
  ...overrides,
});
const report = (name: string, ...samples: MetricSample__Output[]): MetricsReport__Output => ({
  families: [{ name, samples }],
});

describe('what an agent measures', () => {
  it('is taken as the agent says it', async () => {
    using metrics = createAgentMetrics(async () => 1);
    metrics.dockerCalled({ operation: 'containers/start', result: 'ok', durationMs: 3 });
    const families = await metrics.measure({ waitingEvents: 0, waitingMessages: 0 });
    // As protobuf fills in what is not said.
    const sent = JSON.parse(JSON.stringify(metricsMessage(families)), (key, value) =>
      key === 'samples' ? value.map((one: object) => ({ suffix: '', ...one })) : value,
    );
    assert.deepEqual(
      decodeMetrics(sent).map(({ name, samples }) => ({ name, samples: [...samples] })),
      families.map(({ name, samples }) => ({ name, samples: [...samples] })),
    );
  });

  it('is ignored where it is not known', () => {
    assert.deepEqual(decodeMetrics(report('up', sample())), []);
    assert.deepEqual(decodeMetrics(report('longshore_leader', sample())), []);
  });

  const malformed: [what: string, report: MetricsReport__Output, error: RegExp][] = [
    ['a label that the metric has not', report(SESSIONS, sample({ labels: { agent: 'other' } })), /labels/],
    ['a label missing', report(PULLS, sample()), /labels/],
    ['a label of another name', report(PULLS, sample({ labels: { pod: 'x' } })), /'result' must be text/],
    ['a label with a line end', report(PULLS, sample({ labels: { result: 'a\nb' } })), /control characters/],
    ['a label with quotes', report(PULLS, sample({ labels: { result: 'a"b' } })), /malformed/],
    ['an empty label', report(PULLS, sample({ labels: { result: '' } })), /must not be empty/],
    ['a long label', report(PULLS, sample({ labels: { result: 'x'.repeat(65) } })), /longer than 64/],
    ['no number', report(SESSIONS, sample({ value: Number.NaN })), /no number/],
    ['infinity', report(SESSIONS, sample({ value: Number.POSITIVE_INFINITY })), /no number/],
    ['a negative count', report(SESSIONS, sample({ value: -1 })), /negative/],
    ['a sample twice', report(SESSIONS, sample(), sample({ value: 2 })), /has a sample twice/],
    [
      'a family twice',
      { families: [...report(SESSIONS).families, ...report(SESSIONS).families] },
      /there twice/,
    ],
    [
      'a bucket of a counter',
      report(SESSIONS, sample({ suffix: '_bucket', labels: { le: '1' } })),
      /no counter has/,
    ],
    ['a plain sample of a histogram', report(CALLS, sample()), /no histogram has/],
    ['a bucket without a bound', report(CALLS, sample({ suffix: '_bucket' })), /labels/],
    [
      'a bound that is no number',
      report(CALLS, sample({ suffix: '_bucket', labels: { le: 'x' } })),
      /malformed/,
    ],
    [
      'too many families',
      { families: Array.from({ length: 65 }, (_, n) => ({ name: `${n}`, samples: [] })) },
      /64/,
    ],
    ['too many samples', report(SESSIONS, ...Array.from({ length: 513 }, () => sample())), /512/],
  ];
  for (const [what, value, error] of malformed) {
    it(`is refused with ${what}`, () => assert.throws(() => decodeMetrics(value), error));
  }
});
