// One agent as operators see it in a list.
import type { AgentInfo } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import type { Load } from '../model/placement/load.ts';
import { formatResources } from '../model/placement/resources.ts';
import type { AgentEntry, AgentRegistry, FleetAgent } from './agent-registry.ts';

export function agentInfo(
  agent: FleetAgent,
  context: { readonly registry: AgentRegistry; readonly load: Load },
): AgentInfo {
  const entry = context.registry.get(agent.uid);
  const shown = entry?.status ?? entry?.object?.status ?? {};
  const { occupants, requests } = context.load.on(agent.uid);
  const created = Date.parse(entry?.object?.metadata.creationTimestamp ?? '') || 0;
  return {
    name: agent.name,
    uid: agent.uid,
    ready: agent.ready,
    reason: notReadyReason(agent, shown.conditions?.find(({ type }) => type === 'Ready')?.reason),
    unschedulable: agent.cordoned,
    removing: agent.leaving,
    resting: agent.ready ? (agent.resting ?? '') : '',
    labels: { ...entry?.object?.spec.labels },
    os: shown.os ?? '',
    arch: shown.arch ?? '',
    agentVersion: shown.agentVersion ?? '',
    engineVersion: shown.engineVersion ?? '',
    addresses: [...(shown.addresses ?? [])],
    allocatable: formatResources(agent.allocatable),
    requested: formatResources(requests),
    pods: occupants.size,
    lastSeenMs: (entry && context.registry.lastHeardMs(entry)) ?? (Date.parse(shown.lastSeen ?? '') || 0),
    joinedAtMs: created,
    used: agent.connected && entry?.used ? usedAmounts(entry.used) : {},
  };
}

function notReadyReason(agent: FleetAgent, shown: string | undefined): string {
  if (agent.ready) return agent.connected ? '' : 'reconnecting';
  return shown ?? 'has not connected yet';
}

function usedAmounts({ cpuMilli, memoryBytes }: NonNullable<AgentEntry['used']>): Record<string, string> {
  return { cpu: `${cpuMilli}m`, memory: String(memoryBytes) };
}
