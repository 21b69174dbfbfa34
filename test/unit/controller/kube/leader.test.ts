import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import {
  createLeaderElector,
  EPOCH_ANNOTATION,
  type Leadership,
} from '../../../../controller/kube/leader.ts';
import type { Lease } from '../../../../controller/kube/lease.ts';
import { connectionLost, createFakeApi, type FakeApi, statusError } from '../../../kit/fake-api.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const log = createLog({ name: 'test', level: 'silent' });
const PATH = '/apis/coordination.k8s.io/v1/namespaces/ns/leases/longshore-n';

function scene() {
  const api = createFakeApi();
  const clock = new ManualClock();
  const elector = (identity: string, client: FakeApi = api) =>
    createLeaderElector({ client, namespace: 'ns', name: 'longshore-n', identity }, { clock, log });
  return { api, clock, elector };
}

const leaseOf = (api: FakeApi) => api.object(PATH) as unknown as Lease;
const never = new AbortController().signal;

/** The leadership once it is there; advances the clock in steps of 100 ms and says how long it took. */
async function acquired(clock: ManualClock, acquiring: Promise<Leadership>) {
  let leadership: Leadership | undefined;
  const done = acquiring.then((won) => {
    leadership = won;
  });
  const startedMs = clock.monotonicMs();
  while (!leadership && clock.monotonicMs() - startedMs < 60_000) await clock.advance(100);
  await done;
  assert.ok(leadership);
  return { leadership, tookMs: clock.monotonicMs() - startedMs };
}

/** The same server, behind a network that can be cut. */
function cuttable(api: FakeApi): FakeApi & { cut: boolean } {
  const calls: string[] = [];
  const own: FakeApi & { cut: boolean } = {
    ...api,
    calls,
    cut: false,
    request: ((request) => {
      calls.push(request.method);
      return own.cut ? Promise.reject(connectionLost()) : api.request(request);
    }) as FakeApi['request'],
  };
  return own;
}

describe('leader election', () => {
  it('waits behind none of our own calls, however many there are', async () => {
    const { api, clock, elector } = scene();
    const urgent: unknown[] = [];
    const request = ((call) => {
      urgent.push(call.isUrgent);
      return api.request(call);
    }) as FakeApi['request'];
    await using leadership = await elector('a', { ...api, request }).acquire(never);
    await clock.advance(3000);
    const disposing = leadership[Symbol.asyncDispose]();
    await clock.advance(0);
    await disposing;
    assert.ok(urgent.length >= 6, `${urgent.length} calls`);
    assert.ok(urgent.every((is) => is === true));
  });

  it('makes the Lease, with an epoch of now, and renews it every second', async () => {
    const { api, clock, elector } = scene();
    await using leadership = await elector('a').acquire(never);
    assert.equal(leadership.epoch, Date.parse('2026-01-01T00:00:00Z'));
    assert.equal(leaseOf(api).spec?.holderIdentity, 'a');
    assert.equal(leaseOf(api).spec?.renewTime, '2026-01-01T00:00:00.000000Z');
    await clock.advance(10_000);
    assert.equal(leaseOf(api).spec?.renewTime, '2026-01-01T00:00:10.000000Z');
    assert.equal(api.calls.filter((call) => call.startsWith('PUT')).length, 10);
    assert.ok(leadership.isHeld());
    const disposing = leadership[Symbol.asyncDispose]();
    await clock.advance(0);
    await disposing;
  });

  it('leaves the Lease alone while its holder renews, and takes it within 15 s of its silence', async () => {
    const { api, clock, elector } = scene();
    const first = cuttable(api);
    await using leader = await elector('a', first).acquire(never);
    const waiting = elector('b').acquire(never);
    await clock.advance(30_000);
    assert.equal(leaseOf(api).spec?.holderIdentity, 'a');
    first.cut = true;
    const { leadership, tookMs } = await acquired(clock, waiting);
    await using second = leadership;
    assert.ok(tookMs < 15_000, `${tookMs} ms`);
    assert.ok(second.epoch > leader.epoch);
    assert.ok(leader.lost.aborted);
  });

  it('never has two that hold it at one time', async () => {
    const { api, clock, elector } = scene();
    const first = cuttable(api);
    await using leader = await elector('a', first).acquire(never);
    const won: Leadership[] = [];
    const waiting = elector('b')
      .acquire(never)
      .then((leadership) => won.push(leadership));
    await clock.advance(2500);
    first.cut = true;
    for (let step = 0; step < 150; step++) {
      await clock.advance(100);
      assert.ok(
        !(leader.isHeld() && won.some((second) => second.isHeld())),
        `both at ${clock.monotonicMs()} ms`,
      );
    }
    await waiting;
    assert.deepEqual(
      won.map((second) => second.isHeld()),
      [true],
    );
    await won[0]?.[Symbol.asyncDispose]();
  });

  it('is lost 4 s after the last renewal, even when a renewal hangs', async () => {
    const { api, clock, elector } = scene();
    await using leader = await elector('a').acquire(never);
    await clock.advance(1000);
    api.before = () => new Promise(() => undefined);
    await clock.advance(3900);
    assert.ok(leader.isHeld());
    await clock.advance(200);
    assert.ok(!leader.isHeld());
    assert.match(String(leader.lost.reason), /not renewed within 4000 ms/);
  });

  it('survives failures shorter than the deadline', async () => {
    const { api, clock, elector } = scene();
    await using leader = await elector('a').acquire(never);
    let failures = 3;
    api.before = () => {
      if (failures-- > 0) throw connectionLost();
    };
    await clock.advance(10_000);
    assert.ok(leader.isHeld());
  });

  it('survives another client that touches the Lease, and keeps what that wrote', async () => {
    const { api, clock, elector } = scene();
    await using leader = await elector('a').acquire(never);
    const lease = leaseOf(api);
    api.put(PATH, { ...lease, metadata: { ...lease.metadata, labels: { mine: 'yes' } } });
    await clock.advance(5000);
    assert.ok(leader.isHeld());
    assert.deepEqual((leaseOf(api).metadata as { labels?: object }).labels, { mine: 'yes' });
  });

  it('is lost at once when another holds the Lease or it was deleted', async () => {
    for (const meddle of [
      (api: FakeApi) => api.put(PATH, { ...leaseOf(api), spec: { holderIdentity: 'thief' } }),
      (api: FakeApi) => api.remove(PATH),
    ]) {
      const { api, clock, elector } = scene();
      await using leader = await elector('a').acquire(never);
      meddle(api);
      await clock.advance(1000);
      assert.ok(leader.lost.aborted);
      assert.match(String(leader.lost.reason), /held by 'thief'|was deleted/);
    }
  });

  it('is given back on a clean stop, so that the next waits one second at most', async () => {
    const { api, clock, elector } = scene();
    const leader = await elector('a').acquire(never);
    const waiting = elector('b').acquire(never);
    await clock.advance(3000);
    await leader[Symbol.asyncDispose]();
    assert.equal(leaseOf(api).spec?.holderIdentity, '');
    const { leadership, tookMs } = await acquired(clock, waiting);
    assert.ok(tookMs <= 1000, `${tookMs} ms`);
    assert.ok(leadership.epoch > leader.epoch);
    await leadership[Symbol.asyncDispose]();
  });

  it('does not give back what another has taken', async () => {
    const { api, clock, elector } = scene();
    const leader = await elector('a').acquire(never);
    api.put(PATH, { ...leaseOf(api), spec: { holderIdentity: 'thief' } });
    await leader[Symbol.asyncDispose]();
    await clock.advance(0);
    assert.equal(leaseOf(api).spec?.holderIdentity, 'thief');
  });

  it('has an epoch above the last one even when the clock has gone back', async () => {
    const { api, elector } = scene();
    const future = Date.parse('2030-01-01T00:00:00Z');
    api.put(PATH, {
      metadata: { name: 'longshore-n', annotations: { [EPOCH_ANNOTATION]: `${future}` } },
      spec: { holderIdentity: '' },
    });
    await using leader = await elector('a').acquire(never);
    assert.equal(leader.epoch, future + 1);
    assert.equal(leaseOf(api).metadata.annotations?.[EPOCH_ANNOTATION], `${future + 1}`);
  });

  it('waits through an API server that is away, and stops when told', async () => {
    const { api, clock, elector } = scene();
    api.before = () => {
      throw statusError(503);
    };
    const abort = new AbortController();
    const waiting = elector('a').acquire(abort.signal);
    await clock.advance(5000);
    abort.abort(new Error('leaving'));
    await assert.rejects(waiting, /leaving/);
  });
});
