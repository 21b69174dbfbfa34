// The operators' service: each call is authorised, then answered from the controller's memory.
import type { Metadata } from '@grpc/grpc-js';
import type { Log } from '../../common/log.ts';
import type { CreateTokenRequest__Output } from '../../proto/gen/longshore/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse } from '../../proto/gen/longshore/v1/CreateTokenResponse.ts';
import type { FleetStatus } from '../../proto/gen/longshore/v1/FleetStatus.ts';
import type { ListAgentsResponse } from '../../proto/gen/longshore/v1/ListAgentsResponse.ts';
import type { ListPodsRequest__Output } from '../../proto/gen/longshore/v1/ListPodsRequest.ts';
import type { ListPodsResponse } from '../../proto/gen/longshore/v1/ListPodsResponse.ts';
import type { AccessReviewer } from '../model/access.ts';
import type { FleetView } from '../reconcile/fleet-view.ts';
import { decodeCreateToken, decodeListPods, type TokenWish } from './decode-fleet.ts';
import { CREATE_TOKEN, READ_FLEET, requireOperator } from './operator-access.ts';

export interface TokenIssuer {
  create(wish: TokenWish): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
}

export interface Fleet {
  getStatus(metadata: Metadata): Promise<FleetStatus>;
  listAgents(metadata: Metadata): Promise<ListAgentsResponse>;
  listPods(request: ListPodsRequest__Output, metadata: Metadata): Promise<ListPodsResponse>;
  createToken(request: CreateTokenRequest__Output, metadata: Metadata): Promise<CreateTokenResponse>;
}

export interface FleetDeps {
  readonly view: FleetView;
  readonly reviewer: AccessReviewer;
  readonly tokens: TokenIssuer;
  /** HOST:PORT where agents reach this controller. */
  readonly advertiseAddress: string;
  readonly log: Log;
}

export function createFleet(deps: FleetDeps): Fleet {
  const { view, reviewer, tokens, log } = deps;
  return {
    async getStatus(metadata) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      return view.status();
    },
    async listAgents(metadata) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      return { agents: view.agents() };
    },
    async listPods(request, metadata) {
      await requireOperator(metadata, READ_FLEET, reviewer);
      return { pods: view.pods(decodeListPods(request)) };
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
