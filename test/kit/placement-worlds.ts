// Random fleets and pods for property tests of placement: what is wished for in plain values, of which the objects are made
// that placement reads. What a wish means is in placement-oracle.ts.
import fc from 'fast-check';
import type { Pod } from '../../common/pod.ts';
import type { PlacementAgent } from '../../controller/model/placement/placement-agent.ts';
import { anAgent } from './placement.ts';
import { aPod } from './pods.ts';

export interface Machine {
  readonly millicpu: number;
  readonly rack: string | undefined;
  readonly disk: string | undefined;
  readonly cores: string | undefined;
  readonly taint: 'NoSchedule' | 'NoExecute' | 'PreferNoSchedule' | undefined;
  readonly ready: boolean;
  readonly cordoned: boolean;
}

/** Pods that one with such a term wants to be with, or away from. */
export interface Company {
  readonly app: string;
  readonly key: string;
  /** Whose pods are meant, by namespace; undefined: those of the pod's own. */
  readonly among: 'other' | 'all' | undefined;
}

export interface Spread {
  readonly app: string;
  readonly key: string;
  readonly maxSkew: number;
  readonly minDomains: number | undefined;
}

export interface Expression {
  readonly key: 'rack' | 'disk' | 'cores';
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

export interface Wish {
  readonly namespace: string;
  readonly app: string;
  readonly millicpu: number;
  readonly port: number | undefined;
  readonly disk: string | undefined;
  readonly selector: 'rack=left' | '!disk' | 'rack in (left,right)' | 'nonsense is' | undefined;
  /** Alternatives, each of which is a conjunction. */
  readonly nodeTerms: readonly (readonly Expression[])[] | undefined;
  readonly tolerates: boolean;
  readonly together: readonly Company[];
  readonly apart: Company | undefined;
  readonly spread: readonly Spread[];
  readonly priority: number;
  readonly leaving: boolean;
}

/** Pods there may be on each machine. */
export const MOST_PODS = 4;

const app = fc.constantFrom('red', 'green', 'blue');
const often = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** `place` is a label of the virtual node itself, for all machines. */
const key = fc.constantFrom('longshore.dev/agent-domain', 'longshore.dev/agent', 'rack', 'place');
const company = fc.record<Company>({ app, key, among: seldom(fc.constantFrom('other', 'all')) });
const spread = fc.record<Spread>({
  app,
  key: fc.constantFrom('longshore.dev/agent-domain', 'rack', 'place'),
  maxSkew: fc.constantFrom(1, 2),
  minDomains: seldom(fc.constantFrom(2, 3)),
});
const expression: fc.Arbitrary<Expression> = fc.oneof(
  fc.record<Expression>({
    key: fc.constantFrom('rack', 'disk'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.subarray(['left', 'right', 'ssd', 'hdd'], { minLength: 1 }),
  }),
  fc.record<Expression>({
    key: fc.constantFrom('rack', 'disk', 'cores'),
    operator: fc.constantFrom('Exists', 'DoesNotExist'),
    values: fc.constant([]),
  }),
  fc.record<Expression>({
    key: fc.constant('cores'),
    operator: fc.constantFrom('Gt', 'Lt'),
    values: fc.constantFrom(['2'], ['8']),
  }),
);

export const machines: fc.Arbitrary<Machine[]> = fc.array(
  fc.record<Machine>({
    millicpu: fc.constantFrom(1000, 2000, 4000),
    rack: often(fc.constantFrom('left', 'right')),
    disk: often(fc.constantFrom('ssd', 'hdd')),
    cores: often(fc.constantFrom('2', '4', '16')),
    taint: seldom(fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule')),
    ready: fc.constantFrom(true, true, true, false),
    cordoned: fc.constantFrom(false, false, false, true),
  }),
  { minLength: 1, maxLength: 5 },
);

export const wish: fc.Arbitrary<Wish> = fc.record<Wish>({
  namespace: fc.constantFrom('default', 'default', 'other'),
  app,
  millicpu: fc.constantFrom(0, 500, 1000, 2000, 3000),
  port: seldom(fc.constantFrom(80, 443)),
  disk: seldom(fc.constantFrom('ssd', 'hdd')),
  selector: seldom(fc.constantFrom('rack=left', '!disk', 'rack in (left,right)', 'nonsense is')),
  nodeTerms: seldom(fc.array(fc.array(expression, { maxLength: 2 }), { minLength: 1, maxLength: 2 })),
  tolerates: fc.boolean(),
  together: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(company, { minLength: 1, maxLength: 2 }) },
  ),
  apart: seldom(company),
  spread: fc.oneof(
    fc.constant([]),
    fc.uniqueArray(spread, { minLength: 1, maxLength: 2, selector: (one) => one.key }),
  ),
  priority: fc.constantFrom(0, 0, 10),
  leaving: fc.constantFrom(false, false, false, true),
});

export const nameOf = (index: number) => `agent-${index}`;

export function makeAgent(made: Machine, index: number): PlacementAgent {
  const { millicpu, rack, disk, cores, taint, ready, cordoned } = made;
  return anAgent(nameOf(index), {
    labels: { ...(rack && { rack }), ...(disk && { disk }), ...(cores && { cores }) },
    taints: taint ? [{ key: 'special', effect: taint }] : [],
    allocatable: { cpu: `${millicpu}m`, pods: `${MOST_PODS}` },
    ready,
    connected: ready,
    cordoned,
  });
}

export function makePod(made: Wish, index: number): Pod {
  const { port, disk, nodeTerms, together, apart, spread: rules } = made;
  return aPod({
    uid: `uid-${index}`,
    name: `pod-${index}`,
    namespace: made.namespace,
    metadata: {
      labels: { app: made.app },
      ...(made.selector && { annotations: { 'longshore.dev/agent-selector': made.selector } }),
      ...(made.leaving && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: {
      priority: made.priority,
      nodeSelector: disk ? { disk } : {},
      tolerations: made.tolerates ? [{ key: 'special', operator: 'Exists' }] : [],
      containers: [
        {
          name: 'main',
          resources: { requests: { cpu: `${made.millicpu}m` } },
          ...(port && { ports: [{ containerPort: port, hostPort: port }] }),
        },
      ],
      affinity: {
        ...(nodeTerms && {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: nodeTerms.map((term) => ({
                matchExpressions: term.map((one) => ({ ...one, values: [...one.values] })),
              })),
            },
          },
        }),
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: together.map(podTerm) },
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: apart ? [podTerm(apart)] : [],
        },
      },
      topologySpreadConstraints: rules.map(({ app: name, key: topologyKey, maxSkew, minDomains }) => ({
        topologyKey,
        whenUnsatisfiable: 'DoNotSchedule',
        maxSkew,
        ...(minDomains && { minDomains }),
        labelSelector: { matchLabels: { app: name } },
      })),
    },
  });
}

function podTerm({ app: name, key: topologyKey, among }: Company) {
  return {
    topologyKey,
    labelSelector: { matchLabels: { app: name } },
    ...(among === 'other' && { namespaces: ['other'] }),
    ...(among === 'all' && { namespaceSelector: {} }),
  };
}
