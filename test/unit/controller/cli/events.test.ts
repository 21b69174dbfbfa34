import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterEvent } from '../../../../controller/cli/cluster.ts';
import { shownEvents } from '../../../../controller/cli/events.ts';

const event = (reason: string, change: Partial<ClusterEvent> = {}): ClusterEvent => ({
  ...{ uid: reason, type: 'Normal', reason, message: '', count: 1, firstMs: 0, lastMs: 0, fieldPath: '' },
  ...{ kind: 'Pod', namespace: 'default', name: 'web', objectUid: 'gone', component: 'kubelet' },
  ...{ host: 'longshore', agent: '', saidByAgent: false },
  ...change,
});
const fleet = { nodeName: 'longshore', agentOfPod: new Map([['here', 'attic']]) };
const shown = (events: readonly ClusterEvent[], agent?: string) =>
  shownEvents(events, fleet, { ...(agent && { agent }) }).map((one) => `${one.reason} ${one.agent}`);

describe('the events of an agent', () => {
  it('are those of pods that are gone too, by what their events say', () => {
    const events = [
      event('Scheduled', { component: 'default-scheduler', host: '' }),
      event('Evicted', { agent: 'pi' }),
      event('Killing', { agent: 'pi', saidByAgent: true }),
      event('Started', { objectUid: 'here' }),
    ];
    assert.deepEqual(shown(events, 'pi'), ['Scheduled pi', 'Evicted pi', 'Killing pi']);
    assert.deepEqual(shown(events, 'attic'), ['Started attic']);
    assert.deepEqual(shown(events), ['Scheduled pi', 'Evicted pi', 'Killing pi', 'Started attic']);
  });

  it('are none of another fleet, whose agents may have the same names', () => {
    assert.deepEqual(shown([event('Killing', { agent: 'pi', host: 'other', saidByAgent: true })]), []);
  });
});
