import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LongshoreError } from '../../../../common/errors.ts';
import { createLog } from '../../../../common/log.ts';
import type { Pod } from '../../../../common/pod.ts';
import { podReferences, type Reference, referenceKey } from '../../../../common/pod-references.ts';
import type { AgentLink } from '../../../../controller/reconcile/agent-link.ts';
import { ObjectDispatch } from '../../../../controller/reconcile/object-dispatch.ts';
import type { ObjectState } from '../../../../controller/reconcile/object-source.ts';
import { FakeAgent } from '../../../kit/fake-agent.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { MemoryObjectSource } from '../../../kit/memory-object-source.ts';
import { aPod } from '../../../kit/pods.ts';

const MINUTE = 60_000;
const configMap = (name: string): Reference => ({ kind: 'configmaps', namespace: 'default', name });
const found = (revision: string): ObjectState => ({ kind: 'found', revision, json: '{}' });
const podOf = (uid: string, ...names: string[]): Pod =>
  aPod({
    uid,
    name: uid,
    spec: {
      enableServiceLinks: false,
      containers: [{ name: 'main', envFrom: names.map((name) => ({ configMapRef: { name } })) }],
    },
  });
const withToken = (uid: string): Pod => {
  const pod = podOf(uid);
  const sources = [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }];
  return { ...pod, spec: { ...pod.spec, volumes: [{ name: 'token', projected: { sources } }] } };
};

/** Agents and what each is told, without the rest of the controller. */
class World {
  readonly clock = new ManualClock();
  readonly source = new MemoryObjectSource();
  readonly agents = new Map<string, FakeAgent>();
  #dispatch: ObjectDispatch;
  #stopping = new AbortController();
  #running: Promise<void>;

  constructor() {
    this.source.set({ kind: 'services', namespace: undefined }, found('s'));
    this.source.expires = () => new Date(this.clock.now() + 60 * MINUTE).toISOString();
    this.#dispatch = this.#start();
    this.#running = this.#dispatch.run(this.#stopping.signal);
  }

  #start(): ObjectDispatch {
    return new ObjectDispatch({
      source: this.source,
      link: (uid) => [...this.agents.values()].find(({ identity }) => identity.uid === uid)?.link,
      clock: this.clock,
      log: createLog({ name: 'test', level: 'silent' }),
    });
  }

  agent(name = 'a'): FakeAgent {
    const agent = this.agents.get(name) ?? new FakeAgent(name);
    this.agents.set(name, agent);
    return agent;
  }

  /** A session begins, with these pods wished for. */
  connect(pods: readonly Pod[] = [], name = 'a'): AgentLink {
    const observer = new Proxy({}, { get: () => () => undefined });
    this.agent(name).connect(observer as Parameters<FakeAgent['connect']>[0], { reports: false });
    const { link } = this.agent(name);
    assert.ok(link);
    this.#dispatch.snapshot(link, pods);
    link.snapshot(pods);
    return link;
  }

  send(pod: Pod, name = 'a'): void {
    const { link } = this.agent(name);
    assert.ok(link);
    this.#dispatch.sent(link, pod);
  }

  ended(uid: string): void {
    this.#dispatch.ended(uid);
  }

  /** What the agent was told since the last time this was asked. */
  heard(name = 'a'): string[] {
    return this.agent(name).heard.splice(0);
  }

  async settle(ms = 0): Promise<void> {
    await this.clock.advance(ms);
    for (let round = 0; round < 5; round++) await this.clock.advance(0);
  }

  /** The controller dies and another takes over; agents dial again by themselves. */
  async restart(): Promise<void> {
    await this[Symbol.asyncDispose]();
    for (const agent of this.agents.values()) agent.disconnect();
    this.#stopping = new AbortController();
    this.#dispatch = this.#start();
    this.#running = this.#dispatch.run(this.#stopping.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}

describe('the objects that agents are told of', () => {
  it('are named before the pods of a snapshot, known or not', async () => {
    await using world = new World();
    world.source.set(configMap('known'), found('1'));
    world.connect([podOf('p', 'known', 'slow')]);
    assert.deepEqual(world.heard(), [
      'object configmaps/default/known unknown',
      'object configmaps/default/slow unknown',
      'object services/ unknown',
      'snapshot p',
    ]);
    await world.settle();
    assert.deepEqual(world.heard(), ['object configmaps/default/known 1', 'object services/ s']);
  });

  it('are told once for each revision, however many pods refer to them', async () => {
    await using world = new World();
    world.source.set(configMap('c'), found('1'));
    world.connect();
    world.send(podOf('p', 'c'));
    await world.settle();
    world.send(podOf('q', 'c'));
    world.send(podOf('q', 'c'));
    await world.settle();
    world.source.set(configMap('c'), found('1'));
    world.source.set(configMap('c'), found('2'));
    assert.deepEqual(
      world.heard().filter((line) => line.includes('configmaps')),
      ['object configmaps/default/c 1', 'object configmaps/default/c 2'],
    );
    assert.deepEqual(world.source.follows, ['configmaps/default/c', 'services/']);
  });

  it('are said to be absent, and to be there when they come', async () => {
    await using world = new World();
    world.source.set(configMap('c'), { kind: 'absent' });
    world.connect();
    world.send(podOf('p', 'c'));
    await world.settle();
    world.source.set(configMap('c'), found('1'));
    assert.deepEqual(
      world.heard().filter((line) => line.includes('configmaps')),
      ['object configmaps/default/c absent', 'object configmaps/default/c 1'],
    );
  });

  it('are told to no agent whose pods do not refer to them', async () => {
    await using world = new World();
    world.source.set(configMap('mine'), found('1'));
    world.source.set(configMap('theirs'), found('1'));
    world.connect([podOf('p', 'mine')], 'a');
    world.connect([podOf('q', 'theirs')], 'b');
    await world.settle();
    world.source.set(configMap('theirs'), found('2'));
    assert.deepEqual([...world.agent('a').objects.keys()].sort(), ['configmaps/default/mine', 'services/']);
    assert.deepEqual([...world.agent('b').objects.keys()].sort(), ['configmaps/default/theirs', 'services/']);
    assert.ok(!world.heard('a').some((line) => line.includes('theirs')));
  });

  it('are dropped with the last pod that refers to them, and followed no more', async () => {
    await using world = new World();
    world.source.set(configMap('c'), found('1'));
    world.connect([podOf('p', 'c'), podOf('q', 'c')]);
    await world.settle();
    world.heard();
    world.ended('p');
    assert.deepEqual(world.heard(), []);
    world.ended('q');
    world.ended('q');
    assert.deepEqual(world.heard(), ['drop configmaps/default/c', 'drop services/']);
    assert.deepEqual(world.source.followed(), []);
  });

  it('are dropped when the pod has come to its end', async () => {
    await using world = new World();
    world.source.set(configMap('c'), found('1'));
    world.connect([podOf('p', 'c')]);
    await world.settle();
    world.send({ ...podOf('p', 'c'), status: { phase: 'Succeeded' } });
    assert.equal(world.agent().objects.size, 0);
    assert.deepEqual(world.source.followed(), []);
  });

  it('are not sent again to an agent that holds them, and none is dropped meanwhile', async () => {
    await using world = new World();
    world.source.set(configMap('same'), found('1'));
    world.source.set(configMap('other'), found('1'));
    const pods = [podOf('p', 'same', 'other')];
    world.connect(pods);
    await world.settle();
    world.agent().disconnect();
    world.source.set(configMap('other'), found('2'));
    world.heard();
    world.connect(pods);
    await world.settle();
    assert.deepEqual(world.heard(), [
      'object configmaps/default/same unknown',
      'object configmaps/default/other 2',
      'object services/ unknown',
      'snapshot p',
    ]);
    assert.deepEqual([...world.agent().objects].sort(), [
      ['configmaps/default/other', found('2')],
      ['configmaps/default/same', found('1')],
      ['services/', found('s')],
    ]);
  });

  it('stay with an agent while a new controller finds out about them', async () => {
    await using world = new World();
    world.source.set(configMap('c'), found('1'));
    world.connect([podOf('p', 'c')]);
    await world.settle();
    await world.restart();
    world.heard();
    world.connect([podOf('p', 'c')]);
    assert.deepEqual(world.agent().objects.get('configmaps/default/c'), found('1'));
    await world.settle();
    assert.ok(!world.heard().includes('object configmaps/default/c 1'), 'sent again');
  });

  it('are not forgotten because they cannot be followed for a while', async () => {
    await using world = new World();
    world.source.set(configMap('c'), found('1'));
    world.connect([podOf('p', 'c')]);
    await world.settle();
    world.heard();
    world.source.set(configMap('c'), { kind: 'unknown', reason: 'the API server is away' });
    assert.deepEqual(world.heard(), []);
  });

  it('say why they are not known', async () => {
    await using world = new World();
    world.connect([podOf('p', 'c')]);
    await world.settle();
    world.source.set(configMap('c'), { kind: 'unknown', reason: 'forbidden' });
    assert.deepEqual(world.agent().objects.get('configmaps/default/c'), {
      kind: 'unknown',
      reason: 'forbidden',
    });
  });

  it('are at any time exactly those of the pods that the agent has', async () => {
    const uid = fc.constantFrom('p', 'q', 'r');
    const names = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'));
    const action = fc.oneof(
      fc.record({ kind: fc.constant('send' as const), uid, names, agent: fc.constantFrom('a', 'b') }),
      fc.record({ kind: fc.constant('end' as const), uid }),
      fc.record({ kind: fc.constant('change' as const), name: fc.constantFrom('x', 'y', 'z') }),
      fc.record({ kind: fc.constant('cut' as const), agent: fc.constantFrom('a', 'b') }),
      fc.record({ kind: fc.constant('restart' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        await using world = new World();
        const on = new Map<string, { readonly agent: string; readonly pod: Pod }>();
        const podsOf = (agent: string) =>
          [...on.values()].flatMap((it) => (it.agent === agent ? [it.pod] : []));
        const connected = (agent: string) =>
          world.agent(agent).connected || !!world.connect(podsOf(agent), agent);
        let version = 0;
        for (const name of ['x', 'y', 'z']) world.source.set(configMap(name), found(`${++version}`));
        for (const act of actions) {
          switch (act.kind) {
            case 'send': {
              // A pod stays where it was placed.
              const agent = on.get(act.uid)?.agent ?? act.agent;
              const pod = podOf(act.uid, ...act.names);
              connected(agent);
              on.set(act.uid, { agent, pod });
              world.send(pod, agent);
              break;
            }
            case 'end':
              world.ended(act.uid);
              on.delete(act.uid);
              break;
            case 'change':
              world.source.set(configMap(act.name), found(`${++version}`));
              break;
            case 'cut':
              world.agent(act.agent).disconnect();
              break;
            case 'restart':
              await world.restart();
              break;
            default:
              act satisfies never;
          }
          if (version % 2 === 0) await world.settle();
        }
        for (const agent of ['a', 'b']) connected(agent);
        await world.settle();
        for (const agent of ['a', 'b']) {
          const keys = new Set(podsOf(agent).flatMap((pod) => [...podReferences(pod).keys()]));
          const held = world.agent(agent).objects;
          assert.deepEqual([...held.keys()].sort(), [...keys].sort());
          for (const [key, state] of held) assert.deepEqual(state, world.source.state(key), key);
        }
        const wanted = new Set([...on.values()].flatMap(({ pod }) => [...podReferences(pod).keys()]));
        assert.deepEqual(world.source.followed(), [...wanted].sort());
      }),
      { numRuns: 200 },
    );
  });
});

describe('the tokens of pods', () => {
  const KEY = 'tokens/p/3600/';
  const held = (world: World) => {
    const state = world.agent().objects.get(KEY);
    return state?.kind === 'found' ? JSON.parse(state.json).token : state?.kind;
  };

  it('are issued with the pod and renewed for as long as it is there', async () => {
    await using world = new World();
    world.connect([withToken('p')]);
    await world.settle();
    assert.equal(held(world), 'token-1');
    await world.settle(47 * MINUTE);
    assert.equal(held(world), 'token-1');
    await world.settle(2 * MINUTE);
    assert.equal(held(world), 'token-2');
    for (let hour = 0; hour < 12; hour++) await world.settle(60 * MINUTE);
    assert.ok(world.source.issued.length >= 12, `${world.source.issued.length}`);
    world.ended('p');
    const { length } = world.source.issued;
    await world.settle(120 * MINUTE);
    assert.equal(world.source.issued.length, length);
  });

  it('are not issued again to an agent that holds one, whoever leads', async () => {
    await using world = new World();
    world.connect([withToken('p')]);
    await world.settle(10 * MINUTE);
    world.agent().disconnect();
    world.connect([withToken('p')]);
    await world.restart();
    world.connect([withToken('p')]);
    await world.settle(10 * MINUTE);
    assert.deepEqual(world.source.issued, [KEY]);
    await world.settle(29 * MINUTE);
    assert.deepEqual(world.source.issued, [KEY, KEY]);
    assert.equal(held(world), 'token-2');
  });

  it('are issued again to an agent that has lost its own', async () => {
    await using world = new World();
    world.connect([withToken('p')]);
    await world.settle();
    await world.restart();
    world.agent().objects.clear();
    world.connect([withToken('p')]);
    await world.settle();
    assert.equal(held(world), 'token-2');
  });

  it('are not renewed for an agent that is away, and at once when it is back', async () => {
    await using world = new World();
    world.connect([withToken('p')]);
    await world.settle();
    world.agent().disconnect();
    await world.settle(600 * MINUTE);
    assert.equal(world.source.issued.length, 1);
    world.connect([withToken('p')]);
    await world.settle();
    assert.equal(held(world), 'token-2');
  });

  it('are renewed no more often where the API server’s clock is another', async () => {
    await using world = new World();
    world.source.expires = () => '2025-01-01T00:00:00Z';
    world.connect([withToken('p')]);
    await world.settle(47 * MINUTE);
    assert.equal(world.source.issued.length, 1);
    await world.settle(2 * MINUTE);
    assert.equal(world.source.issued.length, 2);
  });

  it('say why there is none, and are tried again', async () => {
    await using world = new World();
    world.source.tokenFailures.push(new LongshoreError('not-found', 'serviceaccounts "x" not found'));
    world.connect([withToken('p')]);
    await world.settle();
    assert.deepEqual(world.agent().objects.get(KEY), {
      kind: 'unknown',
      reason: 'serviceaccounts "x" not found',
    });
    await world.settle(1000);
    assert.equal(held(world), 'token-1');
  });

  it('that cannot be renewed stay as they are', async () => {
    await using world = new World();
    world.connect([withToken('p')]);
    await world.settle();
    world.source.tokenFailures.push(...Array(5).fill(new LongshoreError('not-found', 'gone')));
    await world.settle(48 * MINUTE);
    assert.equal(held(world), 'token-1');
    await world.settle(5 * MINUTE);
    assert.equal(held(world), 'token-2');
  });
});

describe('a reference', () => {
  it('of a pod that asks for more than any needs is not followed beyond 500', async () => {
    await using world = new World();
    const names = Array.from({ length: 600 }, (_, index) => `c${index}`);
    world.connect([podOf('p', ...names)]);
    await world.settle();
    assert.equal(world.source.followed().length, 500);
    assert.ok(!world.source.followed().includes(referenceKey(configMap('c550'))));
  });
});
