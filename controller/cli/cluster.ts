// What the CLI asks the API server itself, as the kubeconfig's own user: what Kubernetes knows beside the fleet, and what
// only that user's road to it can show. controller/kube implements it.
import type { Pod } from '../../common/pod.ts';
import type { AccessDecision, ResourceAttributes } from '../model/access.ts';
import type { Endpoint } from './stream-client.ts';

export interface ClusterEvent {
  readonly uid: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** Unix milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** What it is about. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly objectUid: string;
  /** Such as `spec.containers{web}`. */
  readonly fieldPath: string;
  /** Who says it, such as `default-scheduler`. */
  readonly component: string;
  /** The node it speaks for. */
  readonly host: string;
  /** The agent that the pod was on, where the controller says so; empty: unknown, or not about one. */
  readonly agent: string;
  /** The controller passes on that agent's words. */
  readonly saidByAgent: boolean;
}

/** A pod as one asks for it. */
export type NewPod = Pick<Pod, 'spec'> & {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: Pick<Pod['metadata'], 'namespace' | 'name' | 'labels'>;
};

export interface ClusterSecret {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

export interface EventSelection {
  /** Undefined: all namespaces. */
  readonly namespace?: string | undefined;
  /** A field selector, such as `involvedObject.name=web`. */
  readonly fields?: string | undefined;
}

export interface Cluster extends AsyncDisposable {
  /** In the order in which they happened last. */
  events(selection: EventSelection, signal?: AbortSignal): Promise<readonly ClusterEvent[]>;
  /** Tells of all there are, in their order, then of each that is new or counts on, until the signal aborts. Rejects when it may not. */
  followEvents(
    selection: EventSelection,
    told: (events: readonly ClusterEvent[]) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** The API server's version; rejects when it cannot be reached, or does not accept the user. */
  version(signal?: AbortSignal): Promise<string>;
  /** Whether the user may. */
  may(attributes: ResourceAttributes, signal?: AbortSignal): Promise<AccessDecision>;
  /** What the node's kubelet port answers to a GET that the API server passes on, as text. */
  nodeProxy(node: string, path: string, signal?: AbortSignal): Promise<string>;
  createPod(pod: NewPod, signal?: AbortSignal): Promise<void>;
  /** With the grace of its own; one that is not there any more is no failure. */
  deletePod(namespace: string, name: string): Promise<void>;
  /** Where the node says that its kubelet port is; undefined: it does not. */
  kubeletAddress(
    node: string,
    signal?: AbortSignal,
  ): Promise<{ readonly host: string; readonly port: number } | undefined>;
  /** The API server and who the user is to it; undefined where a proxy is in between. */
  endpoint(): Promise<Endpoint | undefined>;
  /** Its data in base64, as the API server gives it; undefined when there is none. */
  secret(namespace: string, name: string, signal?: AbortSignal): Promise<ClusterSecret | undefined>;
  /** Undefined when there is none. */
  pod(namespace: string, name: string, signal?: AbortSignal): Promise<Pod | undefined>;
}
