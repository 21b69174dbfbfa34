// Original file: longshore/v1/session.proto

import type { MetricSample as _longshore_v1_MetricSample, MetricSample__Output as _longshore_v1_MetricSample__Output } from '../../longshore/v1/MetricSample.ts';

export interface MetricFamily {
  'name'?: (string);
  'samples'?: (_longshore_v1_MetricSample)[];
}

export interface MetricFamily__Output {
  'name': (string);
  'samples': (_longshore_v1_MetricSample__Output)[];
}
