import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerMeter } from '../../../../agent/stats/container-meter.ts';
import type { MeasuredPod } from '../../../../agent/stats/reading.ts';
import { createStatsSampler } from '../../../../agent/stats/stats-sampler.ts';
import { createLog } from '../../../../common/log.ts';
import type { StatsReport } from '../../../../proto/gen/longshore/v1/StatsReport.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const VOLUME = { name: 'data', usedBytes: 7, filesystem: { capacityBytes: 9, availableBytes: 1 } };
const NETWORK = [{ interface: 'eth0', rxBytes: 1, txBytes: 2 }];

function aSampler(t: { after(done: () => Promise<void>): void }) {
  const clock = new ManualClock();
  const sent: StatsReport[] = [];
  const world = {
    clock,
    sent,
    pods: [aPod('p1', 'c1')] as MeasuredPod[],
    broken: new Set<string>(),
    measuringMs: 0,
  };
  const meter: ContainerMeter = {
    async measure(id, { network }, signal) {
      if (world.broken.has(id)) throw new Error('Docker is away');
      if (world.measuringMs > 0) await clock.sleep(world.measuringMs, signal);
      // Each uses a quarter of a core.
      const cpuUsec = clock.monotonicMs() * 250;
      const memory = { usageBytes: 10, workingSetBytes: 8 };
      return { reading: { cpuUsec, memory }, network: network ? NETWORK : [] };
    },
    retain: () => undefined,
  };
  const sampler = createStatsSampler({
    pods: () => world.pods,
    meter,
    services: () => [{ name: 'agent', cpu: { usageUsec: clock.monotonicMs() * 20 } }],
    machine: async () => ({ cpu: { usageUsec: clock.monotonicMs() * 500 } }),
    send: (report) => sent.push(report),
    clock,
    log: createLog({ name: 'test', level: 'silent' }),
  });
  const stopping = new AbortController();
  const done = sampler.run(stopping.signal);
  t.after(async () => {
    stopping.abort();
    await done;
  });
  return { ...world, world, sampler };
}

function aPod(uid: string, ...ids: string[]): MeasuredPod {
  const containers = ids.map((id) => ({ name: `main-${id}`, id, startedAtMs: 5, probes: [] }));
  return { uid, hostNetwork: false, containers, volumes: [VOLUME] };
}

describe('the sampler', () => {
  it('measures nothing until it is asked to, then at once, a second later, and at its pace', async (t) => {
    const { clock, sent, sampler } = aSampler(t);
    await clock.advance(60_000);
    assert.equal(sent.length, 0);
    sampler.watch({ periodMs: 10_000, forMs: 30_000 });
    await clock.advance(0);
    assert.equal(sent.length, 1);
    assert.equal(sent[0]?.machine?.cpu?.usageNanoCores, undefined, 'one measurement is no rate');
    await clock.advance(1000);
    assert.equal(sent.length, 2);
    assert.equal(sent[1]?.timeMs, clock.now());
    assert.equal(sent[1]?.machine?.cpu?.usageNanoCores, 500_000_000);
    assert.equal(sent[1]?.machine?.services?.[0]?.cpu?.usageNanoCores, 20_000_000);
    assert.equal(sent[1]?.pods?.[0]?.cpu?.usageNanoCores, 250_000_000);
    assert.deepEqual(sent[1]?.pods?.[0]?.volumes, [VOLUME]);
    assert.equal(sent[1]?.pods?.[0]?.containers?.[0]?.cpu?.usageNanoCores, 250_000_000);
    await clock.advance(9000);
    assert.equal(sent.length, 2);
    await clock.advance(1000);
    assert.equal(sent.length, 3);
  });

  it('ends when nobody has asked again, and begins anew when somebody does', async (t) => {
    const { clock, sent, sampler } = aSampler(t);
    sampler.watch({ periodMs: 10_000, forMs: 25_000 });
    for (let second = 0; second < 600; second++) await clock.advance(1000);
    const { length } = sent;
    assert.equal(length, 4, 'at 0, 1, 11 and 21 s');
    sampler.watch({ periodMs: 10_000, forMs: 25_000 });
    await clock.advance(0);
    assert.equal(sent.length, length + 1);
    assert.equal(sent.at(-1)?.machine?.cpu?.usageNanoCores, undefined, 'ten minutes of nobody looking');
    assert.equal(sent.at(-1)?.machine?.cpu?.usageUsec, 300_000_000, 'the counter goes on');
  });

  it('is not hurried by who asks often', async (t) => {
    const { clock, sent, sampler } = aSampler(t);
    for (let time = 0; time < 30_000; time += 100) {
      sampler.watch({ periodMs: 10_000, forMs: 60_000 });
      await clock.advance(100);
    }
    assert.equal(sent.length, 4, 'at 0, 1, 11 and 21 s');
  });

  it('never works more than half of the time', async (t) => {
    const { clock, sent, sampler, world } = aSampler(t);
    world.measuringMs = 8000;
    sampler.watch({ periodMs: 1000, forMs: 1_000_000 });
    for (let second = 0; second < 160; second++) await clock.advance(1000);
    assert.equal(sent.length, 10);
  });

  it('leaves out a pod that cannot be measured, or has nothing that runs', async (t) => {
    const { clock, sent, sampler, world } = aSampler(t);
    world.pods = [aPod('p1', 'c1', 'c2'), aPod('p2', 'c3'), aPod('p3')];
    world.broken.add('c3');
    sampler.watch({ periodMs: 10_000, forMs: 60_000 });
    await clock.advance(0);
    assert.deepEqual(
      sent[0]?.pods?.map(({ uid, containers }) => [uid, containers?.map(({ id }) => id)]),
      [['p1', ['c1', 'c2']]],
    );
    assert.deepEqual(sent[0]?.pods?.[0]?.network, NETWORK, 'its network once');
  });
});
