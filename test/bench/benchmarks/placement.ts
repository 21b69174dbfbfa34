// placement: how long one decision takes in a fleet of 1,000 agents with 10,000 pods.
import type { Pod } from '../../../common/pod.ts';
import { type Decision, type DecisionContext, decide } from '../../../controller/model/placement/decide.ts';
import type { PlacementAgent } from '../../../controller/model/placement/placement-agent.ts';
import { aContext, anAgent } from '../../kit/placement.ts';
import { aPod, type PodWish } from '../../kit/pods.ts';
import type { Benchmark } from '../benchmark.ts';

const AGENTS = 1000;
const PODS = 10_000;
const DECISIONS = 1000;
const APPS = 200;
const ZONES = 10;
/** Each decision is timed so often and the least counts: the machine does other things too. */
const TRIES = [1, 2, 3];

export function placement(): Benchmark<'p50' | 'p99'> {
  let context: DecisionContext;
  let agents: readonly PlacementAgent[];
  return {
    name: 'placement',
    what: `One decision in a fleet of ${AGENTS} agents with ${PODS} pods of ${APPS} applications, ${DECISIONS} decisions in a round: a quarter each plain pods, pods with node affinity, pods with spread and anti-affinity, and pods that fit nowhere; each timed ${TRIES.length} times, of which the least counts; against one pass over the agents that compares the free CPU alone.`,
    figures: {
      p50: { unit: 'ms', target: { kind: 'absolute', atMost: 2 } },
      p99: { unit: 'ms', target: { kind: 'absolute', atMost: 2 } },
    },
    rounds: 5,
    async setup() {
      agents = Array.from({ length: AGENTS }, (_, index) => benchAgent(index));
      context = aContext(agents);
      for (let index = 0; index < PODS; index++) {
        const pod = benchPod(index, index % 4 === 3 ? 2 : index % 4);
        occupy(context, pod, decide(pod, context));
      }
    },
    run: async (round) =>
      timed((index) => {
        const pod = benchPod(PODS + round * DECISIONS + index, index % 4);
        return () => decide(pod, context);
      }),
    floor: async () =>
      timed(() => () => agents.findLast((agent) => (agent.allocatable.get('cpu') ?? 0n) >= 100_000n)),
    teardown: async () => undefined,
  };
}

function timed(prepare: (index: number) => () => unknown): Record<'p50' | 'p99', number> {
  const samples: number[] = [];
  for (let index = 0; index < DECISIONS; index++) {
    const work = prepare(index);
    samples.push(Math.min(...TRIES.map(() => timeOf(work))));
  }
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.floor(share * samples.length)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

function timeOf(work: () => unknown): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

function occupy({ placed }: DecisionContext, pod: Pod, decision: Decision): void {
  if (decision.kind === 'agent') placed.set({ pod, agentUid: decision.placement.agentUid });
}

function benchAgent(index: number): PlacementAgent {
  return anAgent(`agent-${index}`, {
    labels: {
      zone: `zone-${index % ZONES}`,
      disk: index % 3 === 0 ? 'ssd' : 'hdd',
      cores: String(index % 16),
    },
    allocatable: { cpu: String(4 + (index % 5)), memory: '16Gi' },
  });
}

/** 0: plain, 1: node affinity, 2: spread and anti-affinity, 3: fits nowhere. */
function benchPod(index: number, kind: number): Pod {
  const app = `app-${index % APPS}`;
  const requests = { cpu: kind === 3 ? '32' : `${100 + (index % 7) * 50}m`, memory: '256Mi' };
  const wish: PodWish = {
    uid: `uid-${index}`,
    name: `${app}-${index}`,
    namespace: `team-${index % 20}`,
    metadata: {
      labels: { app, 'pod-template-hash': `hash-${index % APPS}` },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: app, uid: `owner-${app}`, controller: true },
      ],
    },
  };
  return aPod({
    ...wish,
    spec: {
      containers: [{ name: 'main', resources: { requests } }],
      ...(kind === 1 && affinityToZone(`zone-${index % ZONES}`)),
      ...(kind === 2 && spreadAndApart(app)),
    },
  });
}

function affinityToZone(zone: string): Partial<Pod['spec']> {
  const key = `zone.label.longshore.dev/${zone}`;
  return {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'Exists' }] }],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 10,
            preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] },
          },
        ],
      },
    },
  };
}

function spreadAndApart(app: string): Partial<Pod['spec']> {
  const labelSelector = { matchLabels: { app } };
  return {
    topologySpreadConstraints: [
      {
        topologyKey: 'longshore.dev/agent-domain',
        maxSkew: 1,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector,
      },
    ],
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'longshore.dev/agent', labelSelector },
        ],
      },
    },
  };
}
