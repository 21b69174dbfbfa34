// The fleet of three while it is drained or agents of it are removed.
import type { Handler } from './cli.ts';
import { AGENTS, agentObject, FLEET_OF_THREE, PODS } from './fleet-of-three.ts';

interface DrainRequest {
  readonly name: string;
  readonly drain?: { readonly force?: boolean } | null;
}

/** By name; asking again is asking a moment later. */
const DRAINED: Record<string, object[]> = {
  'garage-pi': [
    { left: 3, generation: 2 },
    {
      ...{ left: 2, generation: 2 },
      held: [
        {
          namespace: 'default',
          name: 'web-7d4b9c-x2x8k',
          why: "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget web needs 1 healthy pods and has 1 currently",
        },
      ],
    },
    { done: true, generation: 2 },
  ],
  workshop: [{ done: true, generation: 2 }],
  attic: [{ left: 1, generation: 2, unreachable: true }],
};
const BARE = {
  ...{ left: 3, generation: 2 },
  refused: [
    {
      ...{ namespace: 'default', name: 'crash' },
      why: 'cannot delete Pods that declare no controller (use --force to override)',
    },
  ],
};

/** The same fleet, being drained or removed: `forced` is whether bare pods may leave. */
export function clearedFleet({ forced = true } = {}): Record<string, Handler> {
  const looks = new Map<string, number>();
  const removed = new Set<string>();
  const object = (name: string) => {
    const { metadata, spec, ...rest } = agentObject(name);
    return Buffer.from(
      JSON.stringify({ ...rest, metadata: { ...metadata, generation: 2 }, spec: { ...spec, drain: {} } }),
    );
  };
  return {
    ...FLEET_OF_THREE,
    UpdateAgent: ({ name }: DrainRequest) => ({ changed: name !== 'workshop', objectJson: object(name) }),
    RemoveAgent: ({ name }: { readonly name: string }) => {
      removed.add(name);
      return {};
    },
    GetAgent: ({ name }: { readonly name: string }) => {
      const steps = DRAINED[name] ?? [];
      const isCleared = removed.has(name) || !forced;
      const look = looks.get(name) ?? 0;
      looks.set(name, look + 1);
      if (removed.has(name) && look > 2)
        throw Object.assign(new Error(), { code: 5, details: 'no such agent' });
      return {
        agent: AGENTS.find((candidate) => candidate.name === name),
        objectJson: object(name),
        pods: PODS.filter((candidate) => candidate.agent === name).map((pod) => ({ pod, requests: {} })),
        clearing: !forced ? BARE : isCleared ? { left: 1 } : steps[Math.min(look, steps.length - 1)],
      };
    },
  };
}
