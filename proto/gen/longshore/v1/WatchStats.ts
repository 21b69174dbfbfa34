// Original file: longshore/v1/session.proto


/**
 * Somebody looks at figures: a StatsReport at once, a second soon after so that there are rates, then one every period,
 * until for_ms after this was heard. Sent again for as long as somebody looks; whoever cannot measure ignores it.
 */
export interface WatchStats {
  'periodMs'?: (number);
  'forMs'?: (number);
}

/**
 * Somebody looks at figures: a StatsReport at once, a second soon after so that there are rates, then one every period,
 * until for_ms after this was heard. Sent again for as long as somebody looks; whoever cannot measure ignores it.
 */
export interface WatchStats__Output {
  'periodMs': (number);
  'forMs': (number);
}
