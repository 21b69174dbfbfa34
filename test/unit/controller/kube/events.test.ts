import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import { createEventRecorder, type EventQueue } from '../../../../controller/kube/events.ts';
import type { EventRecord } from '../../../../controller/reconcile/event-recorder.ts';
import { connectionLost, createFakeApi, type FakeApi, statusError } from '../../../kit/fake-api.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const log = createLog({ name: 'test', level: 'silent' });

const event = (change: Partial<EventRecord> = {}): EventRecord => ({
  about: { kind: 'Pod', namespace: 'ns', name: 'web', uid: 'U', fieldPath: 'spec.containers{c}' },
  type: 'Normal',
  reason: 'Started',
  message: 'Started container c',
  ...change,
});

async function recording(
  act: (scene: { api: FakeApi; clock: ManualClock; recorder: EventQueue }) => Promise<void>,
): Promise<void> {
  const api = createFakeApi();
  const clock = new ManualClock();
  const recorder = createEventRecorder({ client: api, nodeOf: () => 'n' }, { clock, log });
  const abort = new AbortController();
  const loop = recorder.run(abort.signal);
  try {
    await act({ api, clock, recorder });
  } finally {
    abort.abort();
    await loop;
  }
}

/** The events at the server, by their path. */
function stored(api: FakeApi): Record<string, unknown>[] {
  const paths = new Set(api.calls.filter((call) => call.startsWith('POST')));
  return [...paths].flatMap((call) => {
    const collection = call.slice('POST '.length);
    return api.list(collection) as Record<string, unknown>[];
  });
}

describe('the event recorder', () => {
  it('gives up at once what comes after its end, so that nobody waits for ever', async () => {
    let ended: EventQueue | undefined;
    await recording(async ({ recorder }) => {
      ended = recorder;
    });
    await ended?.record(event());
  });

  it('makes a name that the API server takes, however long the name of the pod', async () => {
    await recording(async ({ api, clock, recorder }) => {
      const name = `${'a'.repeat(235)}-${'b'.repeat(17)}`;
      const done = recorder.record(event({ about: { kind: 'Pod', namespace: 'ns', name, uid: 'U' } }));
      await clock.advance(0);
      await done;
      const [{ metadata }] = stored(api) as [{ metadata: { name: string } }];
      assert.ok(metadata.name.length <= 253);
      assert.match(metadata.name, /^a{235}\.[0-9a-f]{16}$/);
    });
  });

  it('records an event as a kubelet does', async () => {
    await recording(async ({ api, clock, recorder }) => {
      const done = recorder.record(event({ timeMs: Date.parse('2025-12-31T23:59:58Z') }));
      await clock.advance(0);
      await done;
      const [recorded] = stored(api);
      const { metadata, ...rest } = recorded as { metadata: { name: string; namespace: string } };
      assert.match(metadata.name, /^web\.[0-9a-f]{16}$/);
      assert.deepEqual(rest, {
        apiVersion: 'v1',
        kind: 'Event',
        involvedObject: {
          kind: 'Pod',
          apiVersion: 'v1',
          name: 'web',
          uid: 'U',
          namespace: 'ns',
          fieldPath: 'spec.containers{c}',
        },
        type: 'Normal',
        reason: 'Started',
        message: 'Started container c',
        count: 1,
        firstTimestamp: '2025-12-31T23:59:58Z',
        lastTimestamp: '2025-12-31T23:59:58Z',
        source: { component: 'kubelet', host: 'n' },
        reportingComponent: 'kubelet',
        reportingInstance: 'n',
      });
    });
  });

  it('says which agent a pod is on, and which words are of that agent', async () => {
    await recording(async ({ api, clock, recorder }) => {
      const done = Promise.all([
        recorder.record(event({ agent: 'pi' })),
        recorder.record(event({ agent: 'pi', saidBy: 'agent' })),
      ]);
      await clock.advance(0);
      await done;
      assert.deepEqual(
        stored(api).map(({ metadata }) => (metadata as { annotations?: unknown }).annotations),
        [{ 'longshore.dev/agent': 'pi' }, { 'longshore.dev/agent': 'pi', 'longshore.dev/said-by': 'agent' }],
        'the same words of both are not counted as one',
      );
    });
  });

  it('names the node by its name, in the default namespace, whatever its UID', async () => {
    await recording(async ({ api, clock, recorder }) => {
      const done = recorder.record(
        event({ about: { kind: 'Node', name: 'n', uid: 'real-uid' }, reason: 'NodeReady' }),
      );
      await clock.advance(0);
      await done;
      assert.deepEqual(api.calls, ['POST /api/v1/namespaces/default/events']);
      assert.deepEqual(stored(api)[0]?.['involvedObject'], {
        kind: 'Node',
        apiVersion: 'v1',
        name: 'n',
        uid: 'n',
      });
    });
  });

  it('counts a repeated event onto the first, and starts anew when that has ended', async () => {
    await recording(async ({ api, clock, recorder }) => {
      for (let times = 0; times < 3; times++) {
        const done = recorder.record(event());
        await clock.advance(5000);
        await done;
      }
      const [counted] = stored(api);
      assert.equal(stored(api).length, 1);
      assert.deepEqual(
        [counted?.['count'], counted?.['firstTimestamp'], counted?.['lastTimestamp']],
        [3, '2026-01-01T00:00:00Z', '2026-01-01T00:00:10Z'],
      );
      api.remove(`/api/v1/namespaces/ns/events/${(counted as { metadata: { name: string } }).metadata.name}`);
      const done = recorder.record(event());
      await clock.advance(0);
      await done;
      assert.equal(stored(api)[0]?.['count'], 4);
    });
  });

  it('makes many that differ in their message into one', async () => {
    await recording(async ({ api, clock, recorder }) => {
      for (let number = 0; number < 15; number++) {
        const done = recorder.record(event({ message: `failure ${number}` }));
        await clock.advance(1000);
        await done;
      }
      const messages = stored(api).map((one) => `${one['message']} x${one['count']}`);
      assert.equal(messages.length, 11);
      assert.equal(messages.at(-1), '(combined from similar events): failure 14 x5');
    });
  });

  it('cuts off an object that says too much, and lets it speak again after five minutes', async () => {
    await recording(async ({ api, clock, recorder }) => {
      const say = async (times: number) => {
        for (let number = 0; number < times; number++) {
          const done = recorder.record(event());
          await clock.advance(10);
          await done;
        }
      };
      await say(40);
      assert.equal(api.calls.length, 25);
      const other = recorder.record(
        event({ about: { kind: 'Pod', namespace: 'ns', name: 'other', uid: 'V' } }),
      );
      await clock.advance(0);
      await other;
      assert.equal(api.calls.length, 26);
      await clock.advance(300_000);
      await say(3);
      assert.equal(api.calls.length, 27);
    });
  });

  it('keeps to fifty a second after a burst of a hundred', async () => {
    await recording(async ({ api, clock, recorder }) => {
      const all = Array.from({ length: 200 }, (_, number) =>
        recorder.record(
          event({ about: { kind: 'Pod', namespace: 'ns', name: `p${number}`, uid: `U${number}` } }),
        ),
      );
      for (let step = 0; step < 10; step++) await clock.advance(0);
      for (let step = 0; step < 100; step++) await clock.advance(10);
      assert.ok(api.calls.length >= 140 && api.calls.length <= 152, `${api.calls.length} within a second`);
      await clock.advance(3000);
      await Promise.all(all);
      assert.equal(api.calls.length, 200);
    });
  });

  it('tries again while the server is away, and gives up what it refuses', async () => {
    await recording(async ({ api, clock, recorder }) => {
      let failures = 2;
      api.before = () => {
        if (failures-- > 0) throw connectionLost();
      };
      const first = recorder.record(event());
      await clock.advance(5000);
      await first;
      assert.equal(stored(api).length, 1);
      api.before = () => {
        throw statusError(404);
      };
      const refused = recorder.record(event({ reason: 'Other' }));
      await clock.advance(0);
      await refused;
      assert.equal(stored(api).length, 1);
    });
  });

  it('outlasts an API server that is away for two minutes, as long as a kubelet does', async () => {
    await recording(async ({ api, clock, recorder }) => {
      const backAtMs = clock.monotonicMs() + 115_000;
      api.before = () => {
        if (clock.monotonicMs() < backAtMs) throw connectionLost();
      };
      const recorded = recorder.record(event());
      await clock.advance(120_000);
      await recorded;
      assert.equal(stored(api).length, 1);
      api.before = () => {
        throw connectionLost();
      };
      const lost = recorder.record(event({ reason: 'Other' }));
      await clock.advance(120_000);
      await lost;
      assert.equal(stored(api).length, 1);
    });
  });

  it('is bounded: what does not fit is given up at once, the rest at the stop', async () => {
    let pending: Promise<void>[] = [];
    await recording(async ({ api, clock, recorder }) => {
      api.before = () => new Promise(() => undefined);
      pending = Array.from({ length: 1200 }, () => recorder.record(event()));
      const over = pending.slice(1000);
      await Promise.all(over);
      await clock.advance(0);
    });
    await Promise.all(pending);
  });

  it('shortens a message that the server would refuse', async () => {
    await recording(async ({ api, clock, recorder }) => {
      const done = recorder.record(event({ message: 'x'.repeat(5000) }));
      await clock.advance(0);
      await done;
      const message = stored(api)[0]?.['message'] as string;
      assert.equal(message.length, 1024);
      assert.ok(message.endsWith('...'));
    });
  });
});
