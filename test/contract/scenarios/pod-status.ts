// What a node writes of its pods: statuses by strategic merge, as kubelets do it.
import { pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const AT = '2026-01-02T03:04:05Z';

export const podStatus: Scenario = {
  name: 'pod-status',
  async run(api) {
    const status = api.in('pods/p/status');
    await api.create(api.in('pods'), pod('p', { labels: { a: '1' }, spec: { nodeName: 'status-node' } }));
    const condition = (type: string, value: string, more: object = {}) => ({
      type,
      status: value,
      lastTransitionTime: AT,
      ...more,
    });
    await api.patch(status, 'strategic', {
      status: {
        phase: 'Running',
        observedGeneration: 1,
        startTime: AT,
        hostIP: '192.0.2.1',
        hostIPs: [{ ip: '192.0.2.1' }],
        podIP: '10.1.0.2',
        podIPs: [{ ip: '10.1.0.2' }],
        conditions: [
          condition('Ready', 'False', { reason: 'ContainersNotReady' }),
          condition('PodScheduled', 'True'),
        ],
        containerStatuses: [containerStatus('main')],
      },
    });
    await api.patch(
      status,
      'strategic',
      { status: { conditions: [condition('Ready', 'True', { reason: null })] } },
      { view: statusOf },
    );
    await api.patch(
      status,
      'strategic',
      { status: { conditions: [{ type: 'longshore.dev/Placed', status: 'True', message: 'agent=a' }] } },
      { view: statusOf },
    );
    await api.patch(
      status,
      'strategic',
      {
        status: {
          '$setElementOrder/conditions': [{ type: 'PodScheduled' }, { type: 'Ready' }],
          conditions: [condition('Ready', 'False')],
        },
      },
      { view: statusOf },
    );
    await api.patch(
      status,
      'strategic',
      { status: { podIPs: [{ ip: '10.1.0.3' }], podIP: '10.1.0.3' } },
      { view: statusOf },
    );
    await api.patch(
      status,
      'strategic',
      { status: { podIP: '10.1.0.4', podIPs: [{ ip: '10.1.0.4' }, { $patch: 'replace' }] } },
      { view: statusOf },
    );
    await api.patch(
      status,
      'strategic',
      { status: { hostIP: '192.0.2.9', hostIPs: [{ ip: '192.0.2.9' }, { $patch: 'replace' }] } },
      { view: statusOf },
    );
    await api.patch(
      status,
      'strategic',
      { status: { podIP: null, podIPs: [{ $patch: 'replace' }] } },
      { view: statusOf },
    );
    await api.patch(status, 'strategic', { status: { podIPs: [{ ip: 'nonsense' }, { $patch: 'replace' }] } });
    await api.patch(
      status,
      'strategic',
      { status: { containerStatuses: [{ ...containerStatus('main'), restartCount: 1 }] } },
      { view: statusOf },
    );
    await api.patch(
      status,
      'strategic',
      { status: { conditions: [{ type: 'longshore.dev/Placed', $patch: 'delete' }] } },
      { view: statusOf },
    );
    await api.patch(status, 'strategic', { status: { phase: 'Dancing' } }, { view: statusOf });
    await api.patch(
      status,
      'strategic',
      { status: { conditions: [{ type: 'Ready', status: 'Perhaps' }] } },
      { view: statusOf },
    );
    await api.patch(status, 'strategic', { status: { qosClass: 'Guaranteed' } });
    await api.patch(status, 'strategic', {
      metadata: { labels: { through: 'status' }, annotations: { x: 'y' } },
      spec: { nodeName: 'other', containers: [{ name: 'main', image: 'other' }] },
    });

    // The whole pod, and the status through the wrong door.
    const current = await api.aside.get(api.in('pods/p'));
    await api.put(
      status,
      { ...current, status: { ...current.status, message: 'by PUT' } },
      { view: statusOf },
    );
    await api.put(
      api.in('pods/p'),
      { ...(await api.aside.get(api.in('pods/p'))), status: { phase: 'Failed' } },
      { view: statusOf },
    );
    await api.patch(status, 'merge', { status: { message: null, reason: 'Merged' } }, { view: statusOf });
    await api.patch(status, 'json', [{ op: 'replace', path: '/status/phase', value: 'Succeeded' }], {
      view: statusOf,
    });
    await api.get(status, { view: statusOf });
    await api.create(status, pod('p'));
    await api.delete(status);
    await api.get(api.in('pods/none/status'));
    await api.patch(api.in('pods/none/status'), 'strategic', { status: {} });
  },
};

function containerStatus(name: string) {
  return {
    name,
    image: 'example/app:1',
    imageID: 'sha256:1',
    containerID: 'docker://1',
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: AT } },
    lastState: {},
  };
}

function statusOf(body: {
  kind: string;
  status: unknown;
  metadata: { generation: number; resourceVersion: string };
}) {
  if (body.kind === 'Status') return body;
  const { generation, resourceVersion } = body.metadata;
  return { metadata: { name: 'p', generation, resourceVersion }, status: body.status };
}
