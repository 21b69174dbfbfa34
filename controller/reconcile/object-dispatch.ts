// Which agent is told of which object. Each agent hears of exactly what the pods it has been given refer to, each
// revision once, and of its end when no pod of its refers to it any more. What nobody refers to is not followed.
import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import { isTerminal, type Pod } from '../../common/pod.ts';
import { podReferences, type Reference, type References } from '../../common/pod-references.ts';
import type { AgentLink } from './agent-link.ts';
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
}

/** More objects than any one pod needs; what is beyond is never known. */
const MAX_PER_POD = 500;
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

interface Session {
  readonly link: AgentLink;
  /** By key, what the agent was told last, or said that it has. */
  readonly told: Map<string, string>;
}

export class ObjectDispatch implements PodObjects {
  readonly #options: ObjectDispatchOptions;
  readonly #pods = new Map<string, HoldingPod>();
  readonly #followed = new Map<string, Followed>();
  readonly #sessions = new Map<string, Session>();
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
    for (const [uid, pod] of this.#pods) if (pod.agentUid === agentUid && !uids.has(uid)) this.ended(uid);
    const session = { link, told: new Map<string, string>() };
    this.#sessions.set(agentUid, session);
    for (const pod of pods) this.#hold(pod, link);
    for (const [key, { reference, agents, state }] of this.#followed) {
      if (!agents.has(agentUid)) continue;
      const revision = state.kind === 'found' ? state.revision : link.held.get(key);
      if (reference.kind === 'tokens') this.#tokens.want(key, reference, revision);
      this.#tell(session, key, 'snapshot');
    }
  }

  sent(link: AgentLink, pod: Pod): void {
    const session = this.#sessions.get(link.agent.uid);
    if (session?.link === link) this.#hold(pod, link);
  }

  ended(podUid: string): void {
    const pod = this.#pods.get(podUid);
    if (!pod) return;
    this.#pods.delete(podUid);
    for (const key of pod.references.keys()) this.#release(key, pod.agentUid);
  }

  #hold(pod: Pod, { agent }: AgentLink): void {
    const { uid } = pod.metadata;
    if (isTerminal(pod.status)) {
      this.ended(uid);
      return;
    }
    const references = new Map([...podReferences(pod)].slice(0, MAX_PER_POD));
    const before = this.#pods.get(uid);
    this.#pods.set(uid, { agentUid: agent.uid, references });
    for (const [key, reference] of references) {
      if (!before?.references.has(key)) this.#take(key, reference, agent.uid);
    }
    for (const key of before?.references.keys() ?? []) {
      if (!references.has(key)) this.#release(key, agent.uid);
    }
  }

  #take(key: string, reference: Reference, agentUid: string): void {
    const followed = this.#followed.get(key) ?? this.#follow(key, reference);
    followed.agents.set(agentUid, (followed.agents.get(agentUid) ?? 0) + 1);
    const session = this.#sessions.get(agentUid);
    if (session) this.#tell(session, key, 'change');
  }

  #follow(key: string, reference: Reference): Followed {
    const followed: Followed = {
      reference,
      stop: new AbortController(),
      state: { kind: 'unknown' },
      agents: new Map(),
    };
    this.#followed.set(key, followed);
    if (reference.kind === 'tokens') {
      this.#tokens.want(key, reference, undefined);
    } else if (this.#followed.size > MAX_FOLLOWED) {
      followed.state = { kind: 'unknown', reason: `this controller follows ${MAX_FOLLOWED} objects already` };
    } else {
      const { signal } = followed.stop;
      const tell = (state: ObjectState) => {
        if (!signal.aborted) this.#changed(key, state);
      };
      this.#options.source.follow(reference, tell, signal);
    }
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
    const session = this.#sessions.get(agentUid);
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
      const session = this.#sessions.get(agentUid);
      if (session) this.#tell(session, key, 'change');
    }
  }

  /** A session that has ended drops what it is told; the next begins with a snapshot. */
  #tell({ link, told }: Session, key: string, occasion: 'snapshot' | 'change'): void {
    const state = this.#followed.get(key)?.state;
    if (!state) return;
    // In a snapshot everything is named, or the agent would drop it.
    if (occasion === 'change' && state.kind === 'unknown' && state.reason === undefined) return;
    const what = JSON.stringify([
      state.kind,
      state.kind === 'found' ? state.revision : undefined,
      reasonOf(state),
    ]);
    if (told.get(key) === what) return;
    told.set(key, what);
    const isHeld = state.kind === 'found' && occasion === 'snapshot' && link.held.get(key) === state.revision;
    link.object(key, isHeld ? { kind: 'unknown' } : state);
  }

  #isAwaited(key: string): boolean {
    const agents = this.#followed.get(key)?.agents.keys() ?? [];
    return [...agents].some((uid) => this.#sessions.get(uid)?.link === this.#options.link(uid));
  }
}

function reasonOf(state: ObjectState): string | undefined {
  return state.kind === 'unknown' ? state.reason : undefined;
}
