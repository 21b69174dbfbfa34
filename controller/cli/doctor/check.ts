// What a check of `longshore doctor` is: it goes one hop of the way and says what it found. A check runs when those it
// needs have passed, and is skipped otherwise: the first hop that fails is the one to mend.
import type { Diagnosis__Output } from '../../../proto/gen/longshore/v1/Diagnosis.ts';
import type { Cluster } from '../cluster.ts';
import type { Fleet } from '../fleet-client.ts';
import type { Endpoint, StreamClient } from '../stream-client.ts';
import type { ProbePod } from './probe-pod.ts';

export interface Finding {
  /** `skip`: not looked at, and why. */
  readonly outcome: 'ok' | 'warn' | 'fail' | 'skip';
  readonly message: string;
  /** What to do; with `warn` and `fail` only. */
  readonly remedy?: string;
}

export interface DoctorContext {
  readonly cluster: Cluster;
  /** The controller's namespace. */
  readonly namespace: string;
  readonly signal?: AbortSignal;
  readonly nowMs: () => number;
  /** Connects to the controller once, when first asked. Rejects with what failed on the way. */
  readonly fleet: () => Promise<Fleet>;
  /** What the check `controller` has found out. */
  readonly diagnosis: () => Diagnosis__Output;
  /** A node of the fleet; undefined while each agent has its own and there is none. */
  readonly nodeName: () => string | undefined;
  /** A pod of the doctor's own that runs; made when first asked. Rejects with why there is none. */
  readonly probePod: () => Promise<ProbePod>;
  /** Dialled from here, once. */
  readonly kubeletEndpoint: () => Promise<Endpoint>;
  readonly streams: () => Promise<StreamClient>;
}

export interface Check {
  readonly name: string;
  /** The way it goes, such as `API server -> kubelet port`. */
  readonly hop: string;
  /** Checks of these names must not have failed. */
  readonly needs: readonly string[];
  /** May reject: that is a failure with the error's words. */
  run(context: DoctorContext): Promise<Finding | readonly Finding[]>;
}

export interface CheckResult {
  readonly check: string;
  readonly hop: string;
  readonly findings: readonly Finding[];
}

export const ok = (message: string): Finding => ({ outcome: 'ok', message });
export const warn = (message: string, remedy: string): Finding => ({ outcome: 'warn', message, remedy });
export const fail = (message: string, remedy: string): Finding => ({ outcome: 'fail', message, remedy });
/** What helps where it is the kubeconfig's user who may not. */
export const MAY_NOT = 'use a kubeconfig that may, such as the cluster administrator’s';

export const skip = (message: string): Finding => ({ outcome: 'skip', message });
