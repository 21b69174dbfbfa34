// The operators' service: each call is authorised, then answered from the controller's memory.
import type { Metadata } from '@grpc/grpc-js';
import type { AgentIdentity } from '../../common/agent-identity.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError, errorCode, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { AgentDetails } from '../../proto/gen/longshore/v1/AgentDetails.ts';
import type { AgentInfo } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import type { AgentLogChunk } from '../../proto/gen/longshore/v1/AgentLogChunk.ts';
import type { AgentPin } from '../../proto/gen/longshore/v1/AgentPin.ts';
import type { AgentPull } from '../../proto/gen/longshore/v1/AgentPull.ts';
import type { AgentsChange } from '../../proto/gen/longshore/v1/AgentsChange.ts';
import type { CreateTokenRequest__Output } from '../../proto/gen/longshore/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse } from '../../proto/gen/longshore/v1/CreateTokenResponse.ts';
import type { Diagnosis } from '../../proto/gen/longshore/v1/Diagnosis.ts';
import type { ExplainPodRequest__Output } from '../../proto/gen/longshore/v1/ExplainPodRequest.ts';
import type { FleetStatus } from '../../proto/gen/longshore/v1/FleetStatus.ts';
import type { GetAgentRequest__Output } from '../../proto/gen/longshore/v1/GetAgentRequest.ts';
import type { ImagePulls } from '../../proto/gen/longshore/v1/ImagePulls.ts';
import type { ListAgentsRequest__Output } from '../../proto/gen/longshore/v1/ListAgentsRequest.ts';
import type { ListAgentsResponse } from '../../proto/gen/longshore/v1/ListAgentsResponse.ts';
import type { ListImagesRequest__Output } from '../../proto/gen/longshore/v1/ListImagesRequest.ts';
import type { ListImagesResponse } from '../../proto/gen/longshore/v1/ListImagesResponse.ts';
import type { ListPodsRequest__Output } from '../../proto/gen/longshore/v1/ListPodsRequest.ts';
import type { ListPodsResponse } from '../../proto/gen/longshore/v1/ListPodsResponse.ts';
import type { PinImageRequest__Output } from '../../proto/gen/longshore/v1/PinImageRequest.ts';
import type { PinImageResponse } from '../../proto/gen/longshore/v1/PinImageResponse.ts';
import type { PodExplanation } from '../../proto/gen/longshore/v1/PodExplanation.ts';
import type { PodInfo } from '../../proto/gen/longshore/v1/PodInfo.ts';
import type { PodsChange } from '../../proto/gen/longshore/v1/PodsChange.ts';
import type { PullImageRequest__Output } from '../../proto/gen/longshore/v1/PullImageRequest.ts';
import type { ReadAgentLogRequest__Output } from '../../proto/gen/longshore/v1/ReadAgentLogRequest.ts';
import type { RemoveAgentRequest__Output } from '../../proto/gen/longshore/v1/RemoveAgentRequest.ts';
import type { RemoveAgentResponse } from '../../proto/gen/longshore/v1/RemoveAgentResponse.ts';
import type { UpdateAgentRequest__Output } from '../../proto/gen/longshore/v1/UpdateAgentRequest.ts';
import type { UpdateAgentResponse } from '../../proto/gen/longshore/v1/UpdateAgentResponse.ts';
import type { AccessReviewer } from '../model/access.ts';
import type { Agent } from '../model/agent.ts';
import { type AgentChange, pinChange } from '../model/agent-change.ts';
import type { FleetView } from '../reconcile/fleet-view.ts';
import {
  decodeAgentName,
  decodeCreateToken,
  decodeExplainPod,
  decodeListPods,
  decodePinImage,
  decodePullImage,
  decodeReadAgentLog,
  decodeRemoveAgent,
  decodeUpdateAgent,
  labelSelector,
  type TokenWish,
} from './decode-fleet.ts';
import {
  CHANGE_AGENT,
  CREATE_TOKEN,
  READ_AGENT_LOG,
  READ_FLEET,
  REMOVE_AGENT,
  requireOperator,
} from './operator-access.ts';
import { watchList } from './watch-list.ts';

export interface TokenIssuer {
  create(wish: TokenWish): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
}

export interface AgentEditor {
  /** Rejects with `not-found`, or with `precondition` when the change may not be. */
  change(name: string, change: AgentChange): Promise<{ readonly agent: Agent; readonly changed: boolean }>;
  /** Rejects with `not-found`, with `conflict` when the name is another agent's, with `precondition` when it can be reached. */
  remove(agent: AgentIdentity, how: { readonly declareGone: boolean }): Promise<void>;
}

export interface Fleet {
  getStatus(metadata: Metadata): Promise<FleetStatus>;
  listAgents(request: ListAgentsRequest__Output, metadata: Metadata): Promise<ListAgentsResponse>;
  watchAgents(
    request: ListAgentsRequest__Output,
    metadata: Metadata,
    signal: AbortSignal,
  ): Promise<AsyncIterable<AgentsChange>>;
  getAgent(request: GetAgentRequest__Output, metadata: Metadata): Promise<AgentDetails>;
  updateAgent(request: UpdateAgentRequest__Output, metadata: Metadata): Promise<UpdateAgentResponse>;
  removeAgent(request: RemoveAgentRequest__Output, metadata: Metadata): Promise<RemoveAgentResponse>;
  readAgentLog(
    request: ReadAgentLogRequest__Output,
    metadata: Metadata,
    signal: AbortSignal,
  ): Promise<AsyncIterable<AgentLogChunk>>;
  listPods(request: ListPodsRequest__Output, metadata: Metadata): Promise<ListPodsResponse>;
  watchPods(
    request: ListPodsRequest__Output,
    metadata: Metadata,
    signal: AbortSignal,
  ): Promise<AsyncIterable<PodsChange>>;
  explainPod(request: ExplainPodRequest__Output, metadata: Metadata): Promise<PodExplanation>;
  diagnose(metadata: Metadata): Promise<Diagnosis>;
  pullImage(
    request: PullImageRequest__Output,
    metadata: Metadata,
    signal: AbortSignal,
  ): Promise<AsyncIterable<ImagePulls>>;
  pinImage(request: PinImageRequest__Output, metadata: Metadata): Promise<PinImageResponse>;
  listImages(request: ListImagesRequest__Output, metadata: Metadata): Promise<ListImagesResponse>;
  createToken(request: CreateTokenRequest__Output, metadata: Metadata): Promise<CreateTokenResponse>;
}

export interface FleetDeps {
  readonly view: FleetView;
  readonly reviewer: AccessReviewer;
  readonly tokens: TokenIssuer;
  readonly editor: AgentEditor;
  readonly diagnose: () => Promise<Diagnosis>;
  readonly clock: Clock;
  /** HOST:PORT where agents reach this controller. */
  readonly advertiseAddress: string;
  readonly log: Log;
}

export function createFleet(deps: FleetDeps): Fleet {
  const { view, reviewer, tokens, editor, clock, log } = deps;
  return {
    async getStatus(metadata) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      return view.status();
    },
    async listAgents({ selector }, metadata) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      return { agents: view.agents(labelSelector(selector)) };
    },
    async watchAgents({ selector }, metadata, signal) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      const wanted = labelSelector(selector);
      const says = (agent: AgentInfo) => JSON.stringify({ ...agent, lastSeenMs: 0, used: {} });
      const keyOf = ({ uid }: AgentInfo) => String(uid);
      return watchList({ list: () => view.agents(wanted), keyOf, says }, clock, signal);
    },
    async getAgent(request, metadata) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      const name = decodeAgentName(request.name);
      const details = view.agent(name);
      if (!details) throw new LongshoreError('not-found', `there is no agent '${name}'`);
      return details;
    },
    async updateAgent(request, metadata) {
      const operator = await requireOperator(metadata, CHANGE_AGENT, reviewer);
      const { name, change } = decodeUpdateAgent(request);
      const { agent, changed } = await editor.change(name, change);
      if (changed) log.info({ operator, agent: name, ...change }, 'agent changed by an operator');
      return { changed, objectJson: agentJson(agent) };
    },
    async removeAgent(request, metadata) {
      const operator = await requireOperator(metadata, REMOVE_AGENT, reviewer);
      const { declareGone, ...identity } = decodeRemoveAgent(request);
      await editor.remove(identity, { declareGone });
      log.info(
        { operator, agent: identity.name, uid: identity.uid, declareGone },
        'agent removed by an operator',
      );
      return {};
    },
    async readAgentLog(request, metadata, signal) {
      const operator = await requireOperator(metadata, READ_AGENT_LOG, reviewer);
      const wish = decodeReadAgentLog(request);
      const data = await view.openAgentLog(wish, signal);
      log.info({ operator, agent: wish.name }, 'log of an agent read');
      return chunks(data);
    },
    async listPods(request, metadata) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      const filter = decodeListPods(request);
      return { pods: request.usage ? await view.measuredPods(filter) : view.pods(filter) };
    },
    async watchPods(request, metadata, signal) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      const filter = decodeListPods(request);
      const keyOf = ({ uid }: PodInfo) => String(uid);
      return watchList({ list: () => view.pods(filter), keyOf, says: JSON.stringify }, clock, signal);
    },
    async explainPod(request, metadata) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      const pod = decodeExplainPod(request);
      const explanation = view.explain(pod);
      if (explanation) return explanation;
      throw new LongshoreError(
        'not-found',
        `no pod '${pod.namespace}/${pod.name}' is bound to a node of this controller`,
      );
    },
    async diagnose(metadata) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      return await deps.diagnose();
    },
    async pullImage(request, metadata, signal) {
      const operator = await requireOperator(metadata, CHANGE_AGENT, reviewer);
      const { pin, ...wish } = decodePullImage(request);
      const { image } = wish;
      const pulled = async (agent: string) => {
        if (pin) await editor.change(agent, pinChange(image, { unpin: false }));
      };
      const pulls = view.pullImage(wish, pulled, signal);
      log.info({ operator, image, pin }, 'image pulled on agents for an operator');
      return messages(pulls);
    },
    async pinImage(request, metadata) {
      const operator = await requireOperator(metadata, CHANGE_AGENT, reviewer);
      const { image, agents: wanted, unpin } = decodePinImage(request);
      const change = pinChange(image, { unpin });
      const pin = async (agent: string): Promise<AgentPin[]> => {
        try {
          const { changed } = await editor.change(agent, change);
          return [{ agent, changed }];
        } catch (error) {
          // It was removed since it was selected: there is nothing to change.
          if (errorCode(error) === 'not-found') return [];
          return [{ agent, changed: false, problem: describeError(error) }];
        }
      };
      const selected = [...view.selected(wanted)];
      const agents: AgentPin[] = [];
      while (selected.length > 0) {
        const some = await Promise.all(selected.splice(0, CHANGES_AT_ONCE).map(pin));
        agents.push(...some.flat());
      }
      log.info({ operator, image, unpin }, 'image pinned or unpinned by an operator');
      return { agents };
    },
    async listImages({ selector }, metadata) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      return { images: view.images(labelSelector(selector)) };
    },
    async createToken(request, metadata) {
      const operator = await requireOperator(metadata, CREATE_TOKEN, reviewer);
      const wish = decodeCreateToken(request);
      const { token, expiresAtMs } = await tokens.create(wish);
      const { agentName, reusable } = wish;
      log.info({ operator, agent: agentName, reusable, expiresAtMs }, 'join token made');
      return { token, expiresAtMs, controllerAddress: deps.advertiseAddress };
    },
  };
}

/** One after the other a large fleet would take longer than a caller waits. */
const CHANGES_AT_ONCE = 16;

async function* messages(source: AsyncIterable<AgentPull[]>): AsyncGenerator<ImagePulls> {
  for await (const pulls of source) yield { pulls };
}

async function* chunks(source: AsyncIterable<Buffer>): AsyncGenerator<AgentLogChunk> {
  for await (const data of source) yield { data };
}

/** What a write answered holds `managedFields`, which are nobody's business. */
function agentJson({ metadata, ...agent }: Agent): Buffer {
  return Buffer.from(JSON.stringify({ ...agent, metadata: { ...metadata, managedFields: undefined } }));
}
