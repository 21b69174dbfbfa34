// The five machines that the scenarios of placement share, and what all of these do: make pods, see where they went or why
// they wait, and take them away again.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Pod } from '../../../common/pod.ts';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { podManifest } from '../../kit/manifest.ts';
import { startSandbox, type TestSandbox } from '../../kit/sandbox.ts';
import type { Labels } from './terms.ts';

export const LABELS: Readonly<Record<string, Labels>> = {
  'agent-1': { zone: 'garage', cores: '4' },
  'agent-2': { zone: 'garage', arch: 'arm64' },
  'agent-3': { zone: 'attic', cores: '16' },
  'agent-4': { zone: 'attic', arch: 'arm64', old: 'yes' },
  'agent-5': { zone: 'cellar' },
};
export const AGENTS = Object.keys(LABELS);
const RUNS = { main: 'trap "exit 0" TERM; sleep 1000 & wait' };
const MARK = { test: 'placement' };
const MARKED = ['-l', 'test=placement'];

/** What is particular about a pod. */
export interface Wish {
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly requests?: Labels;
  /** Merged over its container. */
  readonly container?: Readonly<Record<string, unknown>>;
  /** Merged over its spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A pod, and the agent that it has to come to, or why it has to wait. */
export interface RulePod extends Wish {
  readonly name: string;
  readonly namespace?: string;
  readonly answer: string | RegExp;
}

/**
 * What a pod may ask of its machine and of the pods next to it, rule by rule: the pods that are there, then those that ask.
 * What comes to an agent shows what fits; what waits for the same agent shows that the rule, and nothing else, keeps it off.
 */
export interface Rules {
  readonly there: readonly RulePod[];
  readonly asking: readonly RulePod[];
}

export interface Fleet {
  readonly sandbox: TestSandbox;
  kubectl(...args: string[]): Promise<string>;
  /** Of the Agent object. */
  patchAgent(name: string, spec: object): Promise<string>;
  create(name: string, wish?: Wish): Promise<string>;
  /** The agent, or why the pod waits, as soon as either is said. */
  whereIs(name: string): Promise<string>;
  /** Resolves when that is what is said. */
  becomes(name: string, answer: string): Promise<unknown>;
  /** Makes the pods at once; resolves when each has its answer: to the names of those that came to an agent. */
  judge(pods: readonly RulePod[]): Promise<readonly string[]>;
  /** Judges both, sees those that ask and came to an agent run, and takes all away. */
  follow(rules: Rules): Promise<void>;
  readiness(names: readonly string[]): Promise<string>;
  /** Of all pods made here. */
  remove(how?: { readonly wait?: boolean }): Promise<void>;
}

/** The agent, or why the pod waits. */
export function placementOf(pod: Pod): string | undefined {
  const placed = pod.status?.conditions?.find(({ type }) => type === 'longshore.dev/Placed');
  if (placed?.status === 'False') return placed.message;
  return /^agent=(\S+)/.exec(placed?.message ?? '')?.[1];
}

function manifestOf(pod: Wish & { readonly name: string; readonly namespace?: string }) {
  const { name, namespace = 'default', labels, annotations, requests, container, spec } = pod;
  const parts = { ...(requests && { requests }), ...(container && { container }), ...(spec && { spec }) };
  const manifest = JSON.parse(podManifest({ name, containers: RUNS, ...parts }));
  return { ...manifest, metadata: { name, namespace, labels: { ...MARK, ...labels }, annotations } };
}

/** To be called in a `describe`. */
export function fleetOfFive(): Fleet {
  let sandbox: TestSandbox;
  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: AGENTS.length });
    for (const [name, labels] of Object.entries(LABELS)) await patchAgent(name, { labels });
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  const kubectl = (...args: string[]) => sandbox.kubectl(args);
  const patchAgent = (name: string, spec: object) =>
    kubectl('patch', 'agent', name, '--type', 'merge', '-p', JSON.stringify({ spec }));

  const create = (name: string, wish: Wish = {}) =>
    sandbox.kubectl(['apply', '-f', '-'], JSON.stringify(manifestOf({ name, ...wish })));

  const whereIs = (name: string) =>
    eventually(async () => placementOf(await sandbox.pod(name)), { what: `the placement of ${name}` });

  const becomes = (name: string, answer: string) =>
    eventually(
      async () => {
        assert.equal(placementOf(await sandbox.pod(name)), answer);
        return true;
      },
      { what: `the placement of ${name}` },
    );

  async function remove({ wait = true } = {}): Promise<void> {
    await kubectl('delete', 'pod', '-A', ...MARKED, `--wait=${wait}`, '--timeout=60s');
  }

  async function judge(pods: readonly RulePod[]): Promise<readonly string[]> {
    const items = pods.map(manifestOf);
    await sandbox.kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const expected = Object.fromEntries(pods.map(({ name, answer }) => [name, String(answer)]));
    const answers = await eventually(
      async () => {
        const list = await kubectl('get', 'pod', '-A', ...MARKED, '-o', 'json');
        const all: readonly Pod[] = JSON.parse(list).items;
        const given = new Map(all.map((pod) => [pod.metadata.name, placementOf(pod) ?? 'nothing yet']));
        const told = pods.map(({ name, answer }) => {
          const text = given.get(name) ?? 'no such pod';
          return [name, answer instanceof RegExp && answer.test(text) ? String(answer) : text];
        });
        assert.deepEqual(Object.fromEntries(told), expected);
        return given;
      },
      { what: 'the placement of each' },
    );
    return pods.map(({ name }) => name).filter((name) => answers.get(name)?.startsWith('agent-'));
  }

  const readiness = (names: readonly string[]) =>
    kubectl('wait', '--for=condition=Ready', 'pod', ...names, '--timeout=60s');

  async function follow({ there, asking }: Rules): Promise<void> {
    if (there.length > 0) await judge(there);
    await readiness(await judge(asking));
    await remove({ wait: false });
  }

  return {
    get sandbox() {
      return sandbox;
    },
    ...{ kubectl, patchAgent, create, whereIs, becomes, judge, follow, readiness, remove },
  };
}
