// Original file: longshore/v1/session.proto


export interface MetricSample {
  /**
   * Those of the metric, and `le` in a bucket. Each value at most 64 bytes.
   */
  'labels'?: ({[key: string]: string});
  'value'?: (number | string);
  /**
   * Of a histogram: "_bucket", "_sum" or "_count". Empty otherwise.
   */
  'suffix'?: (string);
}

export interface MetricSample__Output {
  /**
   * Those of the metric, and `le` in a bucket. Each value at most 64 bytes.
   */
  'labels': ({[key: string]: string});
  'value': (number);
  /**
   * Of a histogram: "_bucket", "_sum" or "_count". Empty otherwise.
   */
  'suffix': (string);
}
