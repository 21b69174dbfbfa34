// How long the probes of a container take is counted in these, a kubelet's.

/** Upper bounds in seconds; one more bucket has what took longer. */
export const PROBE_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
