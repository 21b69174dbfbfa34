// The images of the fleet as operators see them: which agents hold which, and where they are pinned.
import { wholeName } from '../../common/image-reference.ts';
import type { FleetImage } from '../../proto/gen/longshore/v1/FleetImage.ts';
import type { AgentRegistry, FleetAgent } from './agent-registry.ts';

interface Row {
  sizeBytes: number;
  readonly agents: string[];
  readonly pinnedOn: string[];
}

export function fleetImages(registry: AgentRegistry, agents: readonly FleetAgent[]): FleetImage[] {
  const rows = new Map<string, Row>();
  const row = (name: string): Row => {
    const known = rows.get(name) ?? { sizeBytes: 0, agents: [], pinnedOn: [] };
    rows.set(name, known);
    return known;
  };
  for (const { name: agent, uid, images } of agents.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const [name, sizeBytes] of images ?? []) {
      // The digest of an image that has a tag is the same once more.
      if (name.includes('@')) continue;
      const found = row(name);
      found.sizeBytes = Math.max(found.sizeBytes, sizeBytes);
      found.agents.push(agent);
    }
    for (const pin of registry.get(uid)?.object?.spec.pinnedImages ?? []) {
      const name = wholeName(pin);
      const found = row(name);
      found.pinnedOn.push(agent);
      const sizeBytes = images?.get(name);
      if (sizeBytes === undefined || found.agents.includes(agent)) continue;
      found.sizeBytes = Math.max(found.sizeBytes, sizeBytes);
      found.agents.push(agent);
    }
  }
  return [...rows].map(([name, found]) => ({ name, ...found })).sort((a, b) => (a.name < b.name ? -1 : 1));
}
