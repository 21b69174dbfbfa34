// What operators may ask of the controller's state; answered from memory, so one sick agent delays nobody.
import type { AgentDetails } from '../../proto/gen/longshore/v1/AgentDetails.ts';
import type { AgentHealth } from '../../proto/gen/longshore/v1/AgentHealth.ts';
import type { AgentInfo } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import type { AgentPull } from '../../proto/gen/longshore/v1/AgentPull.ts';
import type { FleetImage } from '../../proto/gen/longshore/v1/FleetImage.ts';
import type { FleetStatus } from '../../proto/gen/longshore/v1/FleetStatus.ts';
import type { PodExplanation } from '../../proto/gen/longshore/v1/PodExplanation.ts';
import type { PodInfo } from '../../proto/gen/longshore/v1/PodInfo.ts';
import type { AgentRequirement } from '../model/placement/agent-selector.ts';
import type { AgentLogWish } from './agent-log.ts';
import type { ImagePullWish } from './image-pulls.ts';

/** Empty strings match everything. */
export interface PodFilter {
  readonly agent: string;
  readonly namespace: string;
  readonly labels: readonly AgentRequirement[];
}

export interface FleetView {
  status(): FleetStatus;
  /** Those whose labels meet the requirements, in order. */
  agents(wanted: readonly AgentRequirement[]): AgentInfo[];
  /** Undefined when there is no such agent. */
  agent(name: string): AgentDetails | undefined;
  health(): AgentHealth[];
  /** Rejects with `not-found`, `unavailable` or `invalid`. */
  openAgentLog(wish: AgentLogWish, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  /** Those whose labels meet the requirements. Rejects with `not-found` when there is none. */
  pullImage(
    wish: ImagePullWish & { readonly agents: readonly AgentRequirement[] },
    pulled: (agent: string) => Promise<void>,
    signal: AbortSignal,
  ): AsyncIterable<AgentPull[]>;
  images(agents: readonly AgentRequirement[]): FleetImage[];
  /** In order; throws `not-found` when there is none. */
  selected(agents: readonly AgentRequirement[]): string[];
  pods(filter: PodFilter): PodInfo[];
  /** With what they use: they are measured if nobody has looked of late. */
  measuredPods(filter: PodFilter): Promise<PodInfo[]>;
  /** Undefined when no such pod is bound to a node of ours. */
  explain(pod: { readonly namespace: string; readonly name: string }): PodExplanation | undefined;
}
