// Which node a pod goes to: a pure function of the pod, the nodes and the pods already there. Filters run in
// kube-scheduler's order and a node is rejected by the first that refuses it; of the nodes left, the best score wins,
// and among equals the first by name. There is no preemption: no running pod is ever evicted to make room.
import { objectAt, stringAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';
import { fitMessage, type Rejection } from './fit-error.ts';
import { conflict, type HostPort, hostPorts } from './host-ports.ts';
import { affinityWeight, matchesNodeSelection, namedNodes } from './node-affinity.ts';
import { add, allocatable, insufficient, type Load, podRequests, type Resources } from './resources.ts';
import { avoidedTaints, isCordonedFor, untoleratedTaint } from './taints.ts';

export type Decision = { readonly node: string } | { readonly reasons: string };

export function schedule(
  pod: JsonObject,
  nodes: readonly JsonObject[],
  pods: readonly JsonObject[],
): Decision {
  const preempts = stringAt(pod, 'spec', 'preemptionPolicy') !== 'Never';
  const names = namedNodes(pod);
  if (names?.size === 0 && nodes.length > 0) {
    const rejections = nodes.map(() => ({ reasons: [], preemptable: false }));
    return { reasons: fitMessage(rejections, { preempts, preFilter: 'pod affinity terms conflict' }) };
  }
  const wish: Wish = { pod, names, requests: podRequests(pod), ports: hostPorts(pod) };
  const fitting: Candidate[] = [];
  const rejections: Rejection[] = [];
  for (const node of nodes) {
    const candidate = candidateOf(node, pods);
    const rejection = reject(wish, candidate);
    if (rejection) rejections.push(rejection);
    else fitting.push(candidate);
  }
  const best = bestOf(wish, fitting);
  return best ? { node: best.name } : { reasons: fitMessage(rejections, { preempts }) };
}

interface Wish {
  readonly pod: JsonObject;
  readonly names: ReadonlySet<string> | undefined;
  readonly requests: Resources;
  readonly ports: readonly HostPort[];
}

interface Candidate {
  readonly node: JsonObject;
  readonly name: string;
  readonly available: Resources;
  readonly load: Load;
  readonly ports: readonly HostPort[];
}

function candidateOf(node: JsonObject, pods: readonly JsonObject[]): Candidate {
  const name = stringAt(node, 'metadata', 'name') ?? '';
  const here = pods.filter((pod) => stringAt(pod, 'spec', 'nodeName') === name && !isDone(pod));
  return {
    node,
    name,
    available: allocatable(node),
    load: { pods: here.length, requested: here.map(podRequests).reduce(add, new Map()) },
    ports: here.flatMap(hostPorts),
  };
}

function isDone(pod: JsonObject): boolean {
  const phase = stringAt(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

function reject(wish: Wish, candidate: Candidate): Rejection | undefined {
  const { pod, names } = wish;
  const { node, name } = candidate;
  if (names && !names.has(name)) return hopeless("node(s) didn't satisfy plugin(s) [NodeAffinity]");
  if (isCordonedFor(pod, node)) return hopeless('node(s) were unschedulable');
  const asked = stringAt(pod, 'spec', 'nodeName') ?? '';
  if (asked !== '' && asked !== name) return hopeless("node(s) didn't match the requested node name");
  const taint = untoleratedTaint(pod, node);
  if (taint) {
    const text = `{${stringAt(taint, 'key') ?? ''}: ${stringAt(taint, 'value') ?? ''}}`;
    return hopeless(`node(s) had untolerated taint ${text}`);
  }
  if (!matchesNodeSelection(pod, node)) return hopeless("node(s) didn't match Pod's node affinity/selector");
  if (conflict(wish.ports, candidate.ports)) {
    return { reasons: ["node(s) didn't have free ports for the requested pod ports"], preemptable: true };
  }
  const reasons = insufficient(wish.requests, candidate.available, candidate.load);
  return reasons.length === 0 ? undefined : { reasons, preemptable: true };
}

/** Nothing that an eviction could change. */
function hopeless(reason: string): Rejection {
  return { reasons: [reason], preemptable: false };
}

/** The weights of kube-scheduler's default profile. */
const TAINT_WEIGHT = 3;
const AFFINITY_WEIGHT = 2;
const FULL_SCORE = 100;

function bestOf(wish: Wish, candidates: readonly Candidate[]): Candidate | undefined {
  const taints = candidates.map(({ node }) => avoidedTaints(wish.pod, node));
  const affinities = candidates.map(({ node }) => affinityWeight(wish.pod, node));
  const scored = candidates.map((candidate, index) => ({
    candidate,
    score:
      TAINT_WEIGHT * (FULL_SCORE - share(taints[index], taints)) +
      AFFINITY_WEIGHT * share(affinities[index], affinities) +
      freeShare(wish.requests, candidate),
  }));
  scored.sort((a, b) => b.score - a.score || (a.candidate.name < b.candidate.name ? -1 : 1));
  return scored[0]?.candidate;
}

/** 0 to 100, of the highest there is. */
function share(value: number | undefined, all: readonly number[]): number {
  const highest = Math.max(...all);
  return highest <= 0 ? 0 : (FULL_SCORE * Math.max(0, value ?? 0)) / highest;
}

/** How free CPU and memory would be with the pod there: 0 to 100, the mean of both. */
function freeShare(requests: Resources, { available, load }: Candidate): number {
  const shares = ['cpu', 'memory'].map((name) => {
    const total = Number(available.get(name) ?? 0n);
    const taken = Number((load.requested.get(name) ?? 0n) + (requests.get(name) ?? 0n));
    return total <= 0 || taken > total ? 0 : (FULL_SCORE * (total - taken)) / total;
  });
  return shares.reduce((sum, part) => sum + part, 0) / shares.length;
}

/** Whether this scheduler is asked to place the pod, and may. */
export function isPending(pod: JsonObject): boolean {
  const gates = objectAt(pod, 'spec')?.['schedulingGates'];
  return (
    (stringAt(pod, 'spec', 'schedulerName') || 'default-scheduler') === 'default-scheduler' &&
    !stringAt(pod, 'spec', 'nodeName') &&
    objectAt(pod, 'metadata')?.['deletionTimestamp'] === undefined &&
    !isDone(pod) &&
    !(Array.isArray(gates) && gates.length > 0)
  );
}
