// How the agents are, for whoever looks for what is wrong.
import type { AgentHealth } from '../../proto/gen/longshore/v1/AgentHealth.ts';
import type { AgentRegistry } from './agent-registry.ts';

export function agentHealth(registry: AgentRegistry): AgentHealth[] {
  return registry
    .agents()
    .map(({ name, uid, ready, connected }): AgentHealth => {
      const entry = registry.get(uid);
      const status = entry?.status ?? entry?.object?.status ?? {};
      return {
        ...{ name, ready, connected },
        lastSeenMs: (entry && registry.lastHeardMs(entry)) ?? (Date.parse(status.lastSeen ?? '') || 0),
        agentVersion: status.agentVersion ?? '',
        ...(connected && entry?.clockAheadMs !== undefined && { clockAheadMs: entry.clockAheadMs }),
        conditions: (status.conditions ?? []).map(({ type, status: is, reason, message }) => ({
          ...{ type, status: is, reason, message },
        })),
      };
    })
    .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
}
