import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import type { Agent, AgentSpec } from '../../../../controller/model/agent.ts';
import { createCarryReport } from '../../../../controller/reconcile/carry-report.ts';
import type { EventRecord } from '../../../../controller/reconcile/event-recorder.ts';

const agent = (spec: Partial<AgentSpec>): Agent => ({
  apiVersion: 'longshore.dev/v1alpha1',
  kind: 'Agent',
  metadata: { name: 'pi', uid: 'uid-pi', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { publicKeyHash: '00', ...spec },
});

test('what a node cannot have is told of the agent, once until it is another', () => {
  const told: EventRecord[] = [];
  const record = async (event: EventRecord) => {
    told.push(event);
  };
  const report = createCarryReport({ events: { record }, log: createLog({ name: 'test', level: 'silent' }) });
  report(agent({ labels: { zone: 'garage' } }));
  assert.deepEqual(told, []);
  const labels = { 'bad key!': 'v', 'kubernetes.io/arch': 'arm64' };
  const broken = agent({ labels, taints: [{ key: 'a..b/c', effect: 'NoSchedule' }] });
  report(broken);
  report(broken);
  assert.deepEqual(told, [
    {
      about: { kind: 'Agent', name: 'pi', uid: 'uid-pi' },
      type: 'Warning',
      reason: 'NotCarriedOver',
      message:
        'not carried over to its node, as the key or the value is malformed, or the machine\'s or the controller\'s to say: label "bad key!", label "kubernetes.io/arch", taint "a..b/c"',
    },
  ]);
  report(agent({}));
  report(broken);
  assert.equal(told.length, 2);
});
