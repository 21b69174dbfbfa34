// What one probe came to.

export type ProbeOutcome =
  | { readonly kind: 'success' }
  /** Counts as success, and is told. */
  | { readonly kind: 'warning'; readonly output: string }
  | { readonly kind: 'failure'; readonly output: string };

export const SUCCESS: ProbeOutcome = { kind: 'success' };

export function failure(output: string): ProbeOutcome {
  return { kind: 'failure', output };
}

/** Of what containers write and answer. */
export const MAX_OUTPUT_BYTES = 10 * 1024;
