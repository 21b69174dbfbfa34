import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLink } from '../../../../agent/link/link.ts';
import { openMembership } from '../../../../agent/link/membership.ts';
import { LongshoreError } from '../../../../common/errors.ts';
import { loadWire } from '../../../../proto/wire.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { MemoryObjectHost } from '../../../kit/memory-object-host.ts';
import { MemoryPodHost } from '../../../kit/memory-pod-host.ts';
import { MemoryStreamHost } from '../../../kit/memory-stream-host.ts';
import { MemoryMembership, quietLog } from '../../../kit/rpc-fixture.ts';

describe('a link that finds no controller', () => {
  it('asks again after 1, 2, 4 and then every 5 s, and says why', async () => {
    const clock = new ManualClock();
    const askedAtS: number[] = [];
    const link = createLink({
      wire: loadWire(),
      membership: await openMembership(new MemoryMembership()),
      host: new MemoryPodHost(),
      streams: new MemoryStreamHost(),
      objects: new MemoryObjectHost(),
      facts: () => ({}),
      bootId: 'b',
      agentVersion: '0',
      locate: async () => {
        askedAtS.push(clock.monotonicMs() / 1000);
        throw new LongshoreError('unavailable', 'nobody is there');
      },
      clock,
      log: quietLog(),
      random: () => 0,
    });
    const stop = new AbortController();
    const running = link.run(stop.signal);
    await clock.advance(20_000);
    stop.abort();
    await running;
    assert.deepEqual(askedAtS, [0, 1, 3, 7, 12, 17]);
    assert.deepEqual(link.state(), { kind: 'connecting', lastFailure: 'nobody is there' });
  });
});
