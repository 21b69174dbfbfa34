import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import { objectsAt } from '../../../../sandbox/builtin/json.ts';
import type { JsonObject } from '../../../../sandbox/builtin/resource.ts';
import type { WatchEvent } from '../../../../sandbox/builtin/scheduler/object-cache.ts';
import { runScheduler, type SchedulerApi } from '../../../../sandbox/builtin/scheduler.ts';
import { eventually } from '../../../kit/eventually.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

type Resource = 'nodes' | 'pods';

/** A small working API server: objects by uid, watches that can be cut, calls that can be made to fail or hang. */
class FakeApi implements SchedulerApi {
  readonly objects = { nodes: new Map<string, JsonObject>(), pods: new Map<string, JsonObject>() };
  readonly events: JsonObject[] = [];
  readonly bindings: [string, string][] = [];
  readonly patches: JsonObject[] = [];
  lists = 0;
  failList = 0;
  onBind: (name: string) => Promise<void> = async () => {};
  readonly #watches = new Set<{ resource: Resource; push: (event: WatchEvent | undefined) => void }>();

  put(resource: Resource, object: JsonObject): void {
    this.objects[resource].set(uidOf(object), object);
    this.send(resource, { type: 'MODIFIED', object });
  }

  remove(resource: Resource, uid: string): void {
    const object = this.objects[resource].get(uid);
    assert.ok(object);
    this.objects[resource].delete(uid);
    this.send(resource, { type: 'DELETED', object });
  }

  send(resource: Resource, event: WatchEvent | undefined): void {
    for (const watch of this.#watches) if (watch.resource === resource) watch.push(event);
  }

  async list(resource: Resource) {
    this.lists++;
    if (this.failList-- > 0) throw new Error('connection refused');
    return { items: [...this.objects[resource].values()], resourceVersion: '1' };
  }

  async *watch(resource: Resource, _: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const queue: (WatchEvent | undefined)[] = [];
    let wake = Promise.withResolvers<void>();
    const push = (event: WatchEvent | undefined) => {
      queue.push(event);
      wake.resolve();
    };
    const watch = { resource, push };
    this.#watches.add(watch);
    const onAbort = () => watch.push(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        await wake.promise;
        wake = Promise.withResolvers();
        for (const event of queue.splice(0)) {
          if (event === undefined) return;
          yield event;
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#watches.delete(watch);
    }
  }

  async bind({ name, uid }: { name: string; uid: string }, node: string): Promise<void> {
    await this.onBind(name);
    this.bindings.push([name, node]);
    const pod = this.objects.pods.get(uid);
    assert.ok(pod);
    this.put('pods', { ...pod, spec: { ...(pod['spec'] as JsonObject), nodeName: node } });
  }

  async patchPodStatus(_: unknown, patch: JsonObject): Promise<void> {
    this.patches.push(patch);
  }

  async recordEvent(event: JsonObject): Promise<void> {
    this.events.push(event);
  }
}

const uidOf = (object: JsonObject) => String((object['metadata'] as JsonObject)['uid']);
const node = (name: string, cpu = '4') => ({
  metadata: { name, uid: name },
  spec: {},
  status: { allocatable: { cpu, memory: '8Gi', pods: '110' } },
});
const pod = (name: string, cpu = '1', more: JsonObject = {}) => ({
  metadata: { name, uid: name, namespace: 'default' },
  spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }], ...more },
});

const BARE = [
  'Successfully assigned default/p to n',
  '0/1 nodes are available: 1 Insufficient cpu. ' +
    'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
] as const;

describe('runScheduler', () => {
  let api: FakeApi;
  let clock: ManualClock;
  let stop: AbortController;
  let running: Promise<void>;

  const start = () => {
    const log = createLog({ name: 'test', level: 'silent' });
    running = runScheduler(api, { clock, log, signal: stop.signal });
  };
  const bound = (count: number) =>
    eventually(() => api.bindings.length === count, {
      what: `${count} bindings`,
      everyMs: 2,
      timeoutMs: 5_000,
    });

  beforeEach(() => {
    api = new FakeApi();
    clock = new ManualClock();
    stop = new AbortController();
    running = Promise.resolve();
  });

  afterEach(async () => {
    stop.abort();
    await running;
  });

  test('binds a pod and says so', async () => {
    api.put('nodes', node('n'));
    start();
    await bound(0);
    api.put('pods', pod('p'));
    await bound(1);
    assert.deepEqual(api.bindings, [['p', 'n']]);
    const event = await eventually(() => api.events[0], { everyMs: 2 });
    assert.equal(event['message'], BARE[0]);
    assert.equal(event['reason'], 'Scheduled');
    assert.equal((event['involvedObject'] as JsonObject)['uid'], 'p');
  });

  test('leaves pods of other schedulers alone', async () => {
    api.put('nodes', node('n'));
    api.put('pods', pod('other', '1', { schedulerName: 'other' }));
    api.put('pods', pod('p'));
    start();
    await bound(1);
    assert.deepEqual(api.bindings, [['p', 'n']]);
  });

  test('says once why a pod waits, and binds it when a node has room', async () => {
    api.put('nodes', node('n', '500m'));
    api.put('pods', pod('p'));
    start();
    await eventually(() => api.events.length === 1, { everyMs: 2 });
    assert.equal(api.events[0]?.['message'], BARE[1]);
    assert.equal(api.events[0]?.['type'], 'Warning');
    const [condition] = objectsAt(api.patches[0], 'status', 'conditions');
    assert.deepEqual(
      [condition?.['status'], condition?.['reason'], condition?.['message']],
      ['False', 'Unschedulable', BARE[1]],
    );
    api.put('nodes', node('n', '600m'));
    api.put('nodes', node('n', '2'));
    await bound(1);
    assert.equal(api.events.filter((event) => event['reason'] === 'FailedScheduling').length, 1);
  });

  test('counts what it has just placed, before the API server shows it', async () => {
    const release = Promise.withResolvers<void>();
    api.onBind = () => release.promise;
    api.put('nodes', node('n', '1'));
    api.put('pods', pod('p'));
    api.put('pods', pod('q'));
    start();
    await eventually(() => api.patches.length === 1, { everyMs: 2 });
    release.resolve();
    await bound(1);
    assert.deepEqual(api.bindings, [['p', 'n']]);
  });

  test('one binding that hangs holds up no other pod', async () => {
    const release = Promise.withResolvers<void>();
    api.onBind = (name) => (name === 'a' ? release.promise : Promise.resolve());
    api.put('nodes', node('n'));
    api.put('pods', pod('a'));
    api.put('pods', pod('b'));
    start();
    await bound(1);
    assert.deepEqual(api.bindings, [['b', 'n']]);
    release.resolve();
    await bound(2);
  });

  test('tries again after a binding failed, a rest later', async () => {
    let failures = 1;
    let attempts = 0;
    api.onBind = async () => {
      attempts++;
      if (failures-- > 0) throw new Error('the server is busy');
    };
    api.put('nodes', node('n'));
    api.put('pods', pod('p'));
    start();
    await eventually(() => attempts === 1, { everyMs: 2 });
    await eventually(
      async () => {
        await clock.advance(1_000);
        return api.bindings.length === 1;
      },
      { everyMs: 2 },
    );
    assert.equal(attempts, 2);
  });

  test('higher priority goes first', async () => {
    api.put('nodes', node('n', '1'));
    api.put('pods', pod('low'));
    api.put('pods', pod('high', '1', { priority: 10 }));
    start();
    await bound(1);
    assert.deepEqual(api.bindings, [['high', 'n']]);
  });

  test('room that a deleted pod leaves is used', async () => {
    api.put('nodes', node('n', '1'));
    api.put('pods', pod('old', '1', { nodeName: 'n' }));
    api.put('pods', pod('p'));
    start();
    await eventually(() => api.patches.length === 1, { everyMs: 2 });
    api.remove('pods', 'old');
    await bound(1);
  });

  for (const [name, end] of [
    ['an expired watch', { type: 'ERROR', object: { message: 'too old resource version' } }],
    ['a watch that ends', undefined],
  ] as const) {
    test(`lists again after ${name}, and misses nothing`, async () => {
      api.put('nodes', node('n'));
      start();
      await eventually(() => api.lists === 2, { everyMs: 2 });
      api.objects.pods.set('p', pod('p'));
      await eventually(
        async () => {
          api.send('pods', end);
          await clock.advance(5_000);
          return api.bindings.length === 1;
        },
        { everyMs: 2 },
      );
    });
  }

  test('an API server that is not there yet is waited for', async () => {
    api.failList = 3;
    api.put('nodes', node('n'));
    api.put('pods', pod('p'));
    start();
    await eventually(
      async () => {
        await clock.advance(5_000);
        return api.bindings.length === 1;
      },
      { everyMs: 2 },
    );
  });
});
