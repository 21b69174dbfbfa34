// Original file: longshore/v1/session.proto


/**
 * Somebody scrapes: say MetricsReport, once.
 */
export interface MetricsWanted {
}

/**
 * Somebody scrapes: say MetricsReport, once.
 */
export interface MetricsWanted__Output {
}
