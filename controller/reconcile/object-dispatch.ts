// Which agent is told of which object. Each agent hears of exactly what the pods it has been given refer to, each
// revision once, and of its end when no pod of its refers to it any more. What nobody refers to is not followed.
import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import { isTerminal, type Pod } from '../../common/pod.ts';
import {
  MAX_REFERENCES,
  podReferences,
  type Reference,
  type References,
} from '../../common/pod-references.ts';
import type { AgentLink } from './agent-link.ts';
import type { QueueMeter } from './keyed-queue.ts';
import type { ObjectSource, ObjectState } from './object-source.ts';
import { createTokenDesk, type TokenDesk } from './token-desk.ts';

/** What the pods' side tells. Nothing blocks or throws. */
export interface PodObjects {
  /** A session begins with these pods: all they refer to is said, before they are. */
  snapshot(link: AgentLink, pods: readonly Pod[]): void;
  /** The pod is about to be sent to this agent. */
  sent(link: AgentLink, pod: Pod): void;
  /** The pod needs nothing any more. */
  ended(podUid: string): void;
}

export interface ObjectDispatchOptions {
  readonly source: ObjectSource;
  /** The live session, if there is one. */
  readonly link: (agentUid: string) => AgentLink | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Of the tokens that are issued. */
  readonly queueMeter?: QueueMeter | undefined;
}

/** As many as the API server is asked to follow. */
const MAX_FOLLOWED = 20_000;

interface HoldingPod {
  readonly agentUid: string;
  readonly references: References;
}

interface Followed {
  readonly reference: Reference;
  readonly stop: AbortController;
  state: ObjectState;
  /** How many pods of each agent refer to it. */
  readonly agents: Map<string, number>;
}

/** What one session's agent knows. */
interface Session {
  readonly link: AgentLink;
  /** By key, what the agent was told last. */
  readonly told: Map<string, string>;
  /** By key, the revision it had when the session began, until it is told another or to drop it. */
  readonly held: Map<string, string>;
}

export class ObjectDispatch implements PodObjects {
  readonly #options: ObjectDispatchOptions;
  readonly #pods = new Map<string, HoldingPod>();
  /** Their UIDs by their agent. */
  readonly #podsOf = new Map<string, Set<string>>();
  readonly #followed = new Map<string, Followed>();
  readonly #sessions = new WeakMap<AgentLink, Session>();
  readonly #tokens: TokenDesk;

  constructor(options: ObjectDispatchOptions) {
    this.#options = options;
    this.#tokens = createTokenDesk({
      ...options,
      isAwaited: (key) => this.#isAwaited(key),
      tell: (key, state) => this.#changed(key, state),
    });
  }

  /** Works until the signal aborts; nothing is followed any more then. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#tokens.run(signal);
    for (const { stop } of this.#followed.values()) stop.abort();
  }

  snapshot(link: AgentLink, pods: readonly Pod[]): void {
    const agentUid = link.agent.uid;
    const uids = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const uid of this.#podsOf.get(agentUid) ?? []) if (!uids.has(uid)) this.ended(uid);
    const session: Session = { link, told: new Map(), held: new Map(link.held) };
    this.#sessions.set(link, session);
    for (const pod of pods) this.#hold(pod, agentUid);
    for (const key of new Set(pods.flatMap(({ metadata }) => this.#keysOf(metadata.uid)))) {
      const followed = this.#followed.get(key);
      if (!followed) continue;
      this.#tell(session, key, { inSnapshot: true });
      this.#wantToken(session, key, followed);
    }
    // What a snapshot does not name the agent drops.
    for (const key of session.held.keys()) if (!session.told.has(key)) session.held.delete(key);
  }

  sent(link: AgentLink, pod: Pod): void {
    const session = this.#sessions.get(link);
    if (!session) return;
    this.#hold(pod, link.agent.uid);
    for (const key of this.#keysOf(pod.metadata.uid)) {
      const followed = this.#followed.get(key);
      if (!followed) continue;
      this.#tell(session, key, { inSnapshot: false });
      this.#wantToken(session, key, followed);
    }
  }

  ended(podUid: string): void {
    const pod = this.#pods.get(podUid);
    if (!pod) return;
    this.#pods.delete(podUid);
    const there = this.#podsOf.get(pod.agentUid);
    there?.delete(podUid);
    if (there?.size === 0) this.#podsOf.delete(pod.agentUid);
    for (const key of pod.references.keys()) this.#release(key, pod.agentUid);
  }

  #hold(pod: Pod, agentUid: string): void {
    const { uid } = pod.metadata;
    if (isTerminal(pod.status)) {
      this.ended(uid);
      return;
    }
    const references = new Map([...podReferences(pod)].slice(0, MAX_REFERENCES));
    const before = this.#pods.get(uid);
    this.#pods.set(uid, { agentUid, references });
    this.#podsOf.set(agentUid, (this.#podsOf.get(agentUid) ?? new Set()).add(uid));
    for (const [key, reference] of references) {
      if (!before?.references.has(key)) this.#take(key, reference, agentUid);
    }
    for (const key of before?.references.keys() ?? []) {
      if (!references.has(key)) this.#release(key, agentUid);
    }
  }

  #keysOf(podUid: string): string[] {
    return [...(this.#pods.get(podUid)?.references.keys() ?? [])];
  }

  #take(key: string, reference: Reference, agentUid: string): void {
    const followed = this.#followed.get(key) ?? this.#follow(key, reference);
    followed.agents.set(agentUid, (followed.agents.get(agentUid) ?? 0) + 1);
  }

  #follow(key: string, reference: Reference): Followed {
    const followed: Followed = {
      reference,
      stop: new AbortController(),
      state: { kind: 'unknown' },
      agents: new Map(),
    };
    this.#followed.set(key, followed);
    if (reference.kind === 'tokens') return followed;
    if (this.#followed.size > MAX_FOLLOWED) {
      followed.state = { kind: 'unknown', reason: `this controller follows ${MAX_FOLLOWED} objects already` };
      return followed;
    }
    const { signal } = followed.stop;
    const tell = (state: ObjectState) => {
      if (!signal.aborted) this.#changed(key, state);
    };
    this.#options.source.follow(reference, tell, signal);
    return followed;
  }

  #release(key: string, agentUid: string): void {
    const followed = this.#followed.get(key);
    if (!followed) return;
    const left = (followed.agents.get(agentUid) ?? 0) - 1;
    if (left > 0) {
      followed.agents.set(agentUid, left);
      return;
    }
    followed.agents.delete(agentUid);
    const session = this.#session(agentUid);
    session?.held.delete(key);
    if (session?.told.delete(key)) session.link.dropObject(key);
    if (followed.agents.size > 0) return;
    this.#followed.delete(key);
    followed.stop.abort();
    this.#tokens.unwant(key);
  }

  #changed(key: string, state: ObjectState): void {
    const followed = this.#followed.get(key);
    if (!followed) return;
    // What was known is not forgotten because it cannot be followed for a while.
    if (state.kind === 'unknown' && followed.state.kind !== 'unknown') return;
    followed.state = state;
    for (const agentUid of followed.agents.keys()) {
      const session = this.#session(agentUid);
      if (session) this.#tell(session, key, { inSnapshot: false });
    }
  }

  #tell(session: Session, key: string, { inSnapshot }: { readonly inSnapshot: boolean }): void {
    const { link, told, held } = session;
    const state = this.#followed.get(key)?.state;
    if (!state) return;
    // In a snapshot everything is named, or the agent would drop it.
    if (!inSnapshot && state.kind === 'unknown' && state.reason === undefined) return;
    const what = fingerprint(state);
    if (told.get(key) === what) return;
    told.set(key, what);
    const isHeld = state.kind === 'found' && held.get(key) === state.revision;
    if (!isHeld) link.object(key, state);
    else if (inSnapshot) link.object(key, { kind: 'unknown' });
    if (!isHeld && state.kind !== 'unknown') held.delete(key);
  }

  #wantToken({ held }: Session, key: string, { reference, state }: Followed): void {
    if (reference.kind !== 'tokens') return;
    this.#tokens.want(key, reference, state.kind === 'found' ? state.revision : held.get(key));
  }

  #isAwaited(key: string): boolean {
    const agents = this.#followed.get(key)?.agents.keys() ?? [];
    return [...agents].some((uid) => this.#session(uid) !== undefined);
  }

  /** The live one, once it has had its snapshot. */
  #session(agentUid: string): Session | undefined {
    const link = this.#options.link(agentUid);
    return link && this.#sessions.get(link);
  }
}

function fingerprint(state: ObjectState): string {
  switch (state.kind) {
    case 'found':
      return `found ${state.revision}`;
    case 'absent':
      return 'absent';
    case 'unknown':
      return `unknown ${state.reason ?? ''}`;
    default:
      return state satisfies never;
  }
}
