// An agent as the reconcilers see it: keeps what it accepted and its tombstones over sessions, obeys the snapshot,
// runs nothing. The test says when containers start and stop.
import { isTerminal, type Pod, type PodStatus } from '../../common/pod.ts';
import type {
  AgentIdentity,
  AgentLink,
  AgentObserver,
  Vitals,
} from '../../controller/reconcile/agent-link.ts';
import type { ObjectState } from '../../controller/reconcile/object-source.ts';
import type { MachineFacts__Output } from '../../proto/gen/longshore/v1/MachineFacts.ts';
import { endedStatus, runningStatus } from './pods.ts';

export const CERTIFICATE_EXPIRES_MS = Date.parse('2026-04-01T00:00:00Z');

export class FakeAgent {
  readonly identity: AgentIdentity;
  readonly pods = new Map<string, Pod>();
  readonly #statuses = new Map<string, PodStatus>();
  readonly tombstones = new Map<string, PodStatus | undefined>();
  /** What it holds of the API's objects, by key. */
  readonly objects = new Map<string, ObjectState>();
  /** Every UID that was ever started here. */
  readonly everRan = new Set<string>();
  /** Messages of all sessions, for assertions on order. */
  readonly heard: string[] = [];
  #observer: AgentObserver | undefined;
  bootId = 'boot';
  /** As it was told last. */
  keptImages: readonly string[] | undefined;
  #link: FakeLink | undefined;

  constructor(name: string) {
    this.identity = { name, uid: `uid-${name}` };
  }

  get connected(): boolean {
    return this.#link !== undefined;
  }

  get link(): FakeLink | undefined {
    return this.#link;
  }

  connect(observer: AgentObserver, options: { readonly reports?: boolean } = {}): void {
    this.disconnect('superseded');
    const link = new FakeLink(this);
    this.#observer = observer;
    this.#link = link;
    observer.connected(link, { agentVersion: '0.1.0', bootId: this.bootId });
    observer.certified(this.identity, CERTIFICATE_EXPIRES_MS);
    observer.facts(this.identity, factsOf(this.identity.name));
    if (options.reports === false) return;
    for (const uid of this.pods.keys()) this.report(uid);
    for (const [uid, status] of this.tombstones) observer.gone(this.identity, uid, status);
  }

  disconnect(reason = 'the test cut it'): void {
    const [observer, link] = [this.#observer, this.#link];
    this.#link = undefined;
    this.#observer = undefined;
    if (observer && link) observer.disconnected(link, reason);
  }

  renewed(expiresAtMs: number): void {
    this.#observer?.certified(this.identity, expiresAtMs);
  }

  heartbeat(): void {
    this.#observer?.alive(this.identity);
  }

  vitals(vitals: Vitals): void {
    this.#observer?.vitals(this.identity, vitals);
  }

  /** Reports the pod as it is: as last reported by the test, else running unless its API copy has ended. */
  report(uid: string, status?: PodStatus): void {
    const pod = this.pods.get(uid);
    if (!pod) return;
    if (status) this.#statuses.set(uid, status);
    this.#observer?.report(
      this.identity,
      uid,
      this.#statuses.get(uid) ?? (isTerminal(pod.status) ? endedStatus() : runningStatus()),
    );
  }

  /** The containers of this pod have stopped for good: a deleted pod, or one removed. */
  stopped(uid: string, status: PodStatus | undefined = endedStatus()): void {
    this.pods.delete(uid);
    this.tombstones.set(uid, status);
    this.#observer?.gone(this.identity, uid, status);
  }

  /** Pods it was told to stop and has not stopped yet. */
  get stopping(): string[] {
    return [...this.pods.values()]
      .filter(({ metadata }) => metadata.deletionTimestamp !== undefined || this.removed.has(metadata.uid))
      .map(({ metadata }) => metadata.uid);
  }

  readonly removed = new Set<string>();

  accept(pod: Pod): void {
    const { uid } = pod.metadata;
    if (this.tombstones.has(uid)) return;
    const isNew = !this.pods.has(uid);
    this.pods.set(uid, pod);
    if (isNew && !isTerminal(pod.status)) this.everRan.add(uid);
    if (isNew) this.report(uid);
  }

  remove(uid: string): void {
    if (this.pods.has(uid)) this.removed.add(uid);
    else this.#observer?.gone(this.identity, uid, this.tombstones.get(uid));
  }

  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.pods.keys()) if (!uids.has(uid)) this.removed.add(uid);
  }
}

class FakeLink implements AgentLink {
  readonly agent: AgentIdentity;
  readonly held: ReadonlyMap<string, string>;
  readonly #host: FakeAgent;
  readonly #named = new Set<string>();
  #snapshots = 0;
  closed: string | undefined;

  constructor(host: FakeAgent) {
    this.#host = host;
    this.agent = host.identity;
    this.held = new Map(
      [...host.objects].flatMap(([key, state]) => (state.kind === 'found' ? [[key, state.revision]] : [])),
    );
  }

  object(key: string, state: ObjectState): void {
    if (!this.#live) return;
    this.#named.add(key);
    this.#host.heard.push(`object ${key} ${state.kind === 'found' ? state.revision : state.kind}`);
    const { objects } = this.#host;
    const known = objects.get(key);
    if (state.kind !== 'unknown' || !known || known.kind === 'unknown') objects.set(key, state);
  }

  keepImages(images: readonly string[]): void {
    if (this.#live) this.#host.keptImages = images;
  }

  dropObject(key: string): void {
    if (!this.#live) return;
    this.#host.heard.push(`drop ${key}`);
    this.#host.objects.delete(key);
  }

  get #live(): boolean {
    return this.#host.link === this;
  }

  snapshot(pods: readonly Pod[]): void {
    this.#snapshots += 1;
    if (this.#snapshots > 1) throw new Error('a session has one snapshot');
    if (!this.#live) return;
    this.#host.heard.push(
      `snapshot ${pods
        .map(({ metadata }) => metadata.uid)
        .sort()
        .join(' ')}`.trim(),
    );
    for (const pod of pods) this.#host.accept(structuredClone(pod));
    this.#host.retain(new Set(pods.map(({ metadata }) => metadata.uid)));
    for (const key of [...this.#host.objects.keys()]) {
      if (!this.#named.has(key)) this.#host.objects.delete(key);
    }
  }

  upsert(pod: Pod): void {
    if (!this.#live || this.#snapshots === 0) return;
    this.#host.heard.push(`upsert ${pod.metadata.uid}`);
    this.#host.accept(structuredClone(pod));
  }

  remove(uid: string, graceSeconds: number): void {
    if (!this.#live) return;
    this.#host.heard.push(`remove ${uid} ${graceSeconds}`);
    this.#host.remove(uid);
  }

  askMetrics(): void {
    if (this.#live) this.#host.heard.push('metrics wanted');
  }

  acknowledgeGone(uid: string): void {
    if (!this.#live) return;
    this.#host.heard.push(`acknowledge ${uid}`);
    this.#host.tombstones.delete(uid);
  }

  watchStats({ forMs }: { readonly forMs: number }): void {
    if (this.#live) this.#host.heard.push(`watch stats ${forMs}`);
  }

  openStream(): never {
    throw new Error('the fake agent serves no streams');
  }

  close(reason: string): void {
    this.closed = reason;
    if (this.#live) this.#host.disconnect(reason);
  }
}

export function factsOf(name: string): MachineFacts__Output {
  const resources = { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '10' };
  return {
    hostname: name,
    os: 'linux',
    arch: 'amd64',
    kernelVersion: '6.1.0',
    osImage: 'Debian GNU/Linux 12',
    machineId: `machine-${name}`,
    systemUuid: `system-${name}`,
    engineVersion: '27.0.1',
    addresses: ['192.0.2.10'],
    capacity: resources,
    allocatable: resources,
    conditions: [],
  };
}
