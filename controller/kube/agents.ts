// Agent objects: the fleet as the cluster keeps it. Follows them all, makes them, lets them go, and writes their statuses
// sparingly: only what differs, at most once per 10 s and agent; a changed Ready goes at once.
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { DECLARED_GONE_ANNOTATION } from '../../common/names.ts';
import { type Agent, type AgentSpec, condition, isDeclaredGone } from '../model/agent.ts';
import { type AgentChange, changedSpec } from '../model/agent-change.ts';
import type { AgentIdentity } from '../reconcile/agent-link.ts';
import type { AgentWriter } from '../reconcile/agent-writer.ts';
import type { ObjectObserver } from '../reconcile/object-observer.ts';
import { createAgentStatusWriter } from './agent-status-writer.ts';
import { ApiError, isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { mergePatch } from './merge-patch.ts';
import { createReflector, type Reflector } from './reflector.ts';
import { agentPath } from './resource-path.ts';

export interface NewAgent {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly publicKeyHash: string;
}

export interface AgentStore extends AgentWriter {
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  readonly synced: Promise<void>;
  /** What keeps it from following the fleet now. */
  readonly trouble: Error | undefined;
  list(): Agent[];
  /** From memory. */
  get(name: string): Agent | undefined;
  /** With our finalizer. Resolves once `get` returns it; rejects with `already-exists` (`get` then returns who has it). */
  create(agent: NewAgent): Promise<Agent>;
  /** Asked of the API server itself: there is no agent of this name and UID, or it was declared gone. */
  isRemoved(agent: AgentIdentity): Promise<boolean>;
  /**
   * Deletes the object; its finalizer holds it until its pods are gone. With `declareGone` the operator's word goes into it
   * first. Rejects with `not-found`, with `conflict` when the name is another agent's, and with `precondition` when that
   * word cannot be true.
   */
  remove(agent: AgentIdentity, how: { readonly declareGone: boolean }): Promise<void>;
  /** Rejects with `conflict` when the object has changed meanwhile. */
  setPodCidr(agent: Agent, podCidr: string): Promise<Agent>;
  /**
   * Changes the spec as it is now, whoever else is changing it. Resolves with the object, once `get` returns it; rejects
   * with `not-found`, or with `precondition` when the change may not be.
   */
  change(name: string, change: AgentChange): Promise<{ readonly agent: Agent; readonly changed: boolean }>;
}

export const AGENT_FINALIZER = 'longshore.dev/agent';

/** Somebody else's change comes between seldom, and our own status writes at most once per 10 s. */
const CHANGE_TRIES = 5;

/** How long an answer of ours stands in for what the watch has not told yet. */
const FRESH_MS = 30_000;

export function createAgentStore(
  { client, observer }: { readonly client: KubeClient; readonly observer?: Partial<ObjectObserver<Agent>> },
  tools: { readonly clock: Clock; readonly log: Log },
): AgentStore {
  const { clock } = tools;
  const fresh = new Map<string, { readonly agent: Agent; readonly untilMs: number }>();
  const statuses = createAgentStatusWriter(
    { client, find: (name) => get(name), onWritten: (agent) => remember(agent) },
    tools,
  );
  const reflector: Reflector<Agent> = createReflector<Agent>(
    {
      client,
      path: agentPath(),
      explain: explainMissingDefinition,
      observer: {
        changed: (agent) => {
          const ours = fresh.get(agent.metadata.name)?.agent;
          if (ours && !isOlder(agent, ours)) fresh.delete(agent.metadata.name);
          observer?.changed?.(agent);
        },
        vanished: (uid) => {
          statuses.forget(uid);
          for (const [name, { agent }] of fresh) if (agent.metadata.uid === uid) fresh.delete(name);
          observer?.vanished?.(uid);
        },
        synced: () => observer?.synced?.(),
      },
    },
    tools,
  );
  const get = (name: string): Agent | undefined => {
    const known = fresh.get(name);
    if (known && known.untilMs > clock.monotonicMs()) return known.agent;
    fresh.delete(name);
    return reflector.byName(name);
  };
  const remember = (agent: Agent): Agent => {
    fresh.set(agent.metadata.name, { agent, untilMs: clock.monotonicMs() + FRESH_MS });
    return agent;
  };

  return {
    async run(signal) {
      await Promise.all([reflector.run(signal), statuses.run(signal)]);
    },
    synced: reflector.synced,
    get trouble() {
      return reflector.trouble;
    },
    list: reflector.list,
    get,
    publishStatus: statuses.publishStatus,
    async create({ name, labels, publicKeyHash }) {
      const spec: AgentSpec = { labels, publicKeyHash };
      const metadata = { name, finalizers: [AGENT_FINALIZER] };
      const body = { apiVersion: 'longshore.dev/v1alpha1', kind: 'Agent', metadata, spec };
      try {
        return remember(await client.request<Agent>({ method: 'POST', path: agentPath(), body }));
      } catch (error) {
        if (isStatus(error, 409)) {
          const taken = await findByName(client, name);
          if (taken) remember(taken);
        }
        throw explainMissingDefinition(error);
      }
    },
    async change(name, change) {
      for (let tries = 1; ; tries++) {
        const agent = get(name);
        if (!agent) throw new LongshoreError('not-found', `there is no agent '${name}'`);
        const spec = changedSpec(agent.spec, change);
        if (!spec) return { agent, changed: false };
        const { uid, resourceVersion } = agent.metadata;
        // A list is replaced as a whole, so it must be the one that was read.
        const body = {
          metadata: { uid, resourceVersion },
          spec: mergePatch({ ...agent.spec }, { ...agent.spec, ...spec }),
        };
        const contentType = 'application/merge-patch+json';
        try {
          const written = await client.request<Agent>({
            ...{ method: 'PATCH', path: agentPath(name), contentType, body },
          });
          return { agent: remember(written), changed: true };
        } catch (error) {
          if (!isStatus(error, 409) || tries >= CHANGE_TRIES) throw error;
          const newest = await findByName(client, name);
          if (!newest) throw new LongshoreError('not-found', `there is no agent '${name}' any more`);
          remember(newest);
        }
      }
    },
    async isRemoved({ name, uid }) {
      const found = await findByName(client, name);
      return found?.metadata.uid !== uid || isDeclaredGone(found);
    },
    async remove({ name, uid }, { declareGone }) {
      try {
        if (declareGone) {
          const known = get(name);
          if (known?.metadata.uid === uid && condition(known, 'Ready')?.status === 'True')
            throw canBeReached(name);
          const body = { metadata: { uid, annotations: { [DECLARED_GONE_ANNOTATION]: uid } } };
          const contentType = 'application/merge-patch+json';
          remember(
            await client.request<Agent>({ method: 'PATCH', path: agentPath(name), contentType, body }),
          );
        }
        await client.request({ method: 'DELETE', path: agentPath(name), body: { preconditions: { uid } } });
      } catch (error) {
        if (isStatus(error, 404)) throw new LongshoreError('not-found', `there is no agent '${name}'`);
        if (!(await isOtherUid(client, { name, uid }, error))) throw error;
        throw new LongshoreError('conflict', `the name '${name}' is another agent's by now`);
      }
    },
    async setPodCidr({ metadata: { name, uid, resourceVersion } }, podCIDR) {
      const body = { metadata: { uid, resourceVersion }, spec: { podCIDR } };
      const contentType = 'application/merge-patch+json';
      return remember(
        await client.request<Agent>({ method: 'PATCH', path: agentPath(name), contentType, body }),
      );
    },
    async release(agent) {
      const { name, uid } = agent.metadata;
      const known = get(name)?.metadata;
      // Our own write of its status may be newer than what the caller has been told.
      const { resourceVersion, finalizers = [] } = known?.uid === uid ? known : agent.metadata;
      const rest = finalizers.filter((finalizer) => finalizer !== AGENT_FINALIZER);
      if (rest.length === finalizers.length) return;
      // The list is replaced as a whole, so it must be the one that was read.
      const body = { metadata: { uid, resourceVersion, finalizers: rest } };
      const contentType = 'application/merge-patch+json';
      try {
        await client.request({ method: 'PATCH', path: agentPath(name), contentType, body });
      } catch (error) {
        if (!(await isOtherUid(client, { name, uid }, error))) throw error;
      }
    },
  };
}

function canBeReached(name: string): LongshoreError {
  return new LongshoreError('precondition', `agent '${name}' can be reached: it is not gone`);
}

/** Resource versions of one kind count upwards; one that is no number is taken as newer. */
function isOlder(agent: Agent, than: Agent): boolean {
  return (
    agent.metadata.uid === than.metadata.uid &&
    Number(agent.metadata.resourceVersion) < Number(than.metadata.resourceVersion)
  );
}

/** Whether a refused write means that the agent it was for is no more. */
async function isOtherUid(
  client: KubeClient,
  { name, uid }: Pick<Agent['metadata'], 'name' | 'uid'>,
  error: unknown,
): Promise<boolean> {
  if (isStatus(error, 404)) return true;
  if (!isStatus(error, 409) && !isStatus(error, 422)) return false;
  return (await findByName(client, name))?.metadata.uid !== uid;
}

/** A list of one: whoever follows the fleet may ask for it, and needs no right to get agents one by one. */
async function findByName(client: KubeClient, name: string): Promise<Agent | undefined> {
  const { items } = await client.request<{ readonly items: readonly Agent[] }>({
    method: 'GET',
    path: agentPath(),
    query: { fieldSelector: `metadata.name=${name}` },
  });
  return items[0];
}

/** A 404 for the collection itself says that the cluster does not know the kind. */
function explainMissingDefinition<E>(error: E): E | ApiError {
  if (!(error instanceof ApiError) || error.statusCode !== 404) return error;
  return new ApiError(
    'precondition',
    'the cluster does not know agents.longshore.dev: apply deploy/base/crd.yaml',
    {
      statusCode: 404,
      reason: error.reason,
      cause: error,
    },
  );
}
