import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerLabels, parseContainerLabels } from '../../../../agent/pod/labels.ts';
import { containerName } from '../../../../agent/pod/names.ts';
import { aPod } from '../../../kit/pods.ts';

describe('container names', () => {
  it('are the kubelet’s', () => {
    const parts = { container: 'web', pod: 'shop-0', namespace: 'default', uid: 'u-1', attempt: 3 };
    assert.equal(containerName(parts), 'k8s_web_shop-0_default_u-1_3');
  });
});

describe('container labels', () => {
  const identity = {
    agentUid: 'agent-1',
    podUid: 'uid-web',
    podName: 'web',
    podNamespace: 'default',
    container: 'main',
    attempt: 2,
    hash: 'abcd',
    sandboxId: 'pause-1',
    restartDelayMs: 20_000,
  };

  it('say all that a restarted agent must know', () => {
    assert.deepEqual(parseContainerLabels(containerLabels(aPod(), identity)), identity);
  });

  it('of a pod cannot take the place of ours', () => {
    const pod = aPod({ metadata: { labels: { app: 'shop', 'longshore.dev/agent-uid': 'another' } } });
    const labels = containerLabels(pod, { ...identity, sandboxId: '', container: 'POD' });
    assert.equal(labels['app'], 'shop');
    assert.equal(labels['longshore.dev/agent-uid'], 'agent-1');
  });

  for (const missing of [
    'longshore.dev/agent-uid',
    'io.kubernetes.pod.uid',
    'io.kubernetes.container.restartCount',
  ]) {
    it(`without ${missing} are not ours`, () => {
      const { [missing]: _, ...labels } = containerLabels(aPod(), identity);
      assert.equal(parseContainerLabels(labels), undefined);
    });
  }
});
