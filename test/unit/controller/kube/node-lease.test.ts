import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import type { Lease } from '../../../../controller/kube/lease.ts';
import { createNodeLease } from '../../../../controller/kube/node-lease.ts';
import { connectionLost, createFakeApi, type FakeApi, writes } from '../../../kit/fake-api.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n';

describe('the node Lease', () => {
  const lease = (api: FakeApi) => api.object(LEASE) as unknown as Lease | undefined;

  async function beating(
    act: (scene: {
      api: FakeApi;
      clock: ManualClock;
      set: (node: { uid?: string; healthy?: boolean }) => void;
      told: () => void;
      lines: readonly string[];
    }) => Promise<void>,
  ) {
    const api = createFakeApi();
    const clock = new ManualClock();
    const lines: string[] = [];
    const stream = { write: (line: string) => void lines.push(line) };
    let node: { uid?: string; healthy?: boolean } = { uid: 'U1', healthy: true };
    const nodeLease = createNodeLease(
      { client: api, nodeName: 'n', nodeUid: () => node.uid, healthy: () => node.healthy !== false },
      { clock, log: createLog({ name: 'test', level: 'info', stream }), random: () => 0.5 },
    );
    const abort = new AbortController();
    const loop = nodeLease.run(abort.signal);
    await clock.settle();
    try {
      await act({
        api,
        clock,
        set: (next) => {
          node = next;
        },
        told: () => nodeLease.nodeChanged(),
        lines,
      });
    } finally {
      abort.abort();
      await loop;
    }
  }

  it('is made once, owned by the node, and renewed every ten seconds with one call each', async () => {
    await beating(async ({ api, clock }) => {
      assert.deepEqual(lease(api)?.metadata.ownerReferences, [
        { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'U1' },
      ]);
      assert.deepEqual(lease(api)?.spec, {
        holderIdentity: 'n',
        leaseDurationSeconds: 40,
        renewTime: '2026-01-01T00:00:00.000000Z',
      });
      await clock.advance(600_000);
      assert.equal(writes(api).length, 61);
      assert.equal(api.calls.length, 62);
    });
  });

  it('is owned by the new node when the node was made anew', async () => {
    await beating(async ({ api, clock, set }) => {
      set({ uid: 'U2' });
      await clock.advance(10_000);
      assert.equal(lease(api)?.metadata.ownerReferences?.[0]?.uid, 'U2');
    });
  });

  it('is owned by it at once when it is told so', async () => {
    await beating(async ({ api, clock, set, told }) => {
      set({ uid: 'U2' });
      told();
      await clock.settle();
      assert.equal(lease(api)?.metadata.ownerReferences?.[0]?.uid, 'U2');
    });
  });

  it('is left to lapse while the controller is not healthy or there is no node', async () => {
    await beating(async ({ api, clock, set }) => {
      for (const state of [{ uid: 'U1', healthy: false }, {}]) {
        set(state);
        await clock.advance(10_000);
        const before = lease(api)?.spec?.renewTime;
        await clock.advance(60_000);
        assert.equal(lease(api)?.spec?.renewTime, before);
      }
      set({ uid: 'U1' });
      await clock.advance(1000);
      assert.equal(lease(api)?.spec?.renewTime, '2026-01-01T00:02:21.000000Z');
    });
  });

  it('says whose it is when it is left to lapse, renewed again, or cannot be renewed', async () => {
    await beating(async ({ api, clock, set, lines }) => {
      set({ uid: 'U1', healthy: false });
      await clock.advance(10_000);
      set({ uid: 'U1' });
      await clock.advance(1000);
      api.before = () => {
        throw connectionLost();
      };
      await clock.advance(10_000);
      const told = lines.map((line) => JSON.parse(line));
      assert.deepEqual(
        told.slice(0, 3).map(({ node, msg }) => `${node}: ${msg}`),
        [
          'n: not healthy: the node Lease is left to lapse',
          'n: the node Lease is renewed again',
          'n: cannot renew the node Lease; trying again',
        ],
      );
    });
  });

  it('is read again and written when another wrote it, and made again when it was deleted', async () => {
    await beating(async ({ api, clock }) => {
      api.put(LEASE, { ...api.object(LEASE), spec: { holderIdentity: 'x' } });
      await clock.advance(10_000);
      assert.equal(lease(api)?.spec?.renewTime, '2026-01-01T00:00:10.000000Z');
      assert.equal(lease(api)?.spec?.holderIdentity, 'n');
      api.remove(LEASE);
      await clock.advance(10_000);
      assert.equal(lease(api)?.spec?.renewTime, '2026-01-01T00:00:20.000000Z');
    });
  });

  it('is tried again within seconds after a failure', async () => {
    await beating(async ({ api, clock }) => {
      api.before = () => {
        throw connectionLost();
      };
      await clock.advance(25_000);
      api.before = () => undefined;
      await clock.advance(7000);
      assert.ok((lease(api)?.spec?.renewTime ?? '') > '2026-01-01T00:00:24');
    });
  });
});
