// What the kubelet port tells of its work to whoever counts it.

export interface KubeletMeter {
  /** Returns what is called at its end, with the status that was answered; 101 for a stream, 0 where there was no answer. */
  began(request: CountedRequest): (code: number, durationMs: number) => void;
  /** Who a caller is, or what it may, was looked up. */
  reviewed(review: 'token' | 'access', result: ReviewResult): void;
}

/** `turned_away`: too many tokens that nobody knows. */
export type ReviewResult = 'remembered' | 'asked' | 'turned_away';

export interface CountedRequest {
  /** One that HTTP knows, or `other`. */
  readonly method: string;
  /** The fixed beginning of its route, such as `metrics/resource`; one for all that is no route. */
  readonly path: string;
  readonly isLongRunning: boolean;
}

export const NO_METER: KubeletMeter = { began: () => () => {}, reviewed: () => {} };
