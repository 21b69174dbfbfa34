// Timestamps as Kubernetes keeps them in statuses: RFC 3339 in UTC with whole seconds.

/** Unix milliseconds as a Kubernetes timestamp; fractions of a second are cut. */
export function toSeconds(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A timestamp cut to whole seconds; undefined when the text is none. */
export function cutToSeconds(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const unixMs = Date.parse(text);
  return Number.isNaN(unixMs) ? undefined : toSeconds(unixMs);
}
