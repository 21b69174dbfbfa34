// What the reconcilers need to tell people through Kubernetes events. kube/ implements it.

export interface EventSubject {
  readonly kind: 'Pod' | 'Node' | 'Agent';
  readonly name: string;
  readonly uid: string;
  /** Pods only; cluster-scoped subjects have none. */
  readonly namespace?: string;
  /** Such as `spec.containers{web}`. */
  readonly fieldPath?: string;
}

export interface EventRecord {
  readonly about: EventSubject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** The agent that the pod is on, where it is about one that has an agent. */
  readonly agent?: string;
  /** Whose words they are; absent: the controller's own. */
  readonly saidBy?: 'agent';
  /** When it happened, Unix milliseconds; absent: now. */
  readonly timeMs?: number;
}

export interface EventRecorder {
  /**
   * Resolves when the event is recorded, counted onto an earlier one, or given up (rate limits, a namespace that is
   * going away). Never rejects. Bounded: what does not fit is given up and logged.
   */
  record(event: EventRecord): Promise<void>;
}
