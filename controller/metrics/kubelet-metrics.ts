// The kubelet port: its requests, under the names that a kubelet's have, and what was remembered of who may.
import { counter, gauge, histogram, type MetricFamily } from '../../common/metrics/family.ts';
import { createCounter, createHistogram, createLevel } from '../../common/metrics/instruments.ts';

const LABELS = ['long_running', 'method', 'path', 'server_type'] as const;
const REQUESTS = counter('kubelet_http_requests_total', 'Requests to the kubelet port.', LABELS);
const DURATION = histogram(
  'kubelet_http_requests_duration_seconds',
  'How long requests to the kubelet port took, streams until their end.',
  LABELS,
);
const IN_FLIGHT = gauge(
  'kubelet_http_inflight_requests',
  'Requests to the kubelet port that are being answered.',
  LABELS,
);
const RESPONSES = counter(
  'longshore_kubelet_responses_total',
  'Answers of the kubelet port; 101 is the beginning of a stream, 0 a client that left before there was an answer.',
  ['method', 'path', 'code'],
);
const REVIEWS = counter(
  'longshore_kubelet_reviews_total',
  'Who a caller of the kubelet port is (token) and what it may (access): remembered, asked of the API server, or turned away for too many unknown tokens.',
  ['review', 'result'],
);

export interface KubeletRequest {
  readonly method: string;
  /** Its fixed beginning, such as `containerLogs`. */
  readonly path: string;
  readonly isLongRunning: boolean;
}

export function createKubeletMetrics() {
  const requests = createCounter(REQUESTS);
  const duration = createHistogram(DURATION);
  const inFlight = createLevel(IN_FLIGHT);
  const responses = createCounter(RESPONSES);
  const reviews = createCounter(REVIEWS);
  return {
    /** Returns what is to be called at its end. */
    began({ method, path, isLongRunning }: KubeletRequest): (code: number, durationMs: number) => void {
      const labels = { long_running: String(isLongRunning), method, path, server_type: 'readwrite' };
      requests.add(labels);
      inFlight.add(labels);
      return (code, durationMs) => {
        inFlight.add(labels, -1);
        duration.observe(labels, durationMs / 1000);
        responses.add({ method, path, code: String(code) });
      };
    },
    reviewed(review: 'token' | 'access', result: 'remembered' | 'asked' | 'turned_away'): void {
      reviews.add({ review, result });
    },
    families: (): MetricFamily[] =>
      [requests, duration, inFlight, responses, reviews].map((instrument) => instrument.family()),
  };
}
