// Create, read, replace, list and delete, for kinds with little and with much that the server adds.
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

export const crud: Scenario = {
  name: 'crud',
  async run(api) {
    const maps = api.in('configmaps');
    await api.create(maps, configMap('a', { key: 'one' }, { labels: { app: 'x' } }));
    await api.get(`${maps}/a`);
    await api.create(maps, configMap('a'));
    const { body: current } = await api.get(`${maps}/a`);
    await api.put(`${maps}/a`, { ...current, data: { key: 'two' } });
    // The same again: nothing to write, the version stays.
    const { body: second } = await api.get(`${maps}/a`);
    await api.put(`${maps}/a`, second);
    await api.get(`${maps}?labelSelector=app%3Dx`);
    await api.delete(`${maps}/a`);
    await api.get(`${maps}/a`);
    await api.delete(`${maps}/a`);
    await api.put(`${maps}/a`, configMap('a'));

    await api.create(api.in('secrets'), {
      metadata: { name: 's' },
      stringData: { word: 'hush' },
      data: { other: 'aGk=' },
    });
    await api.create(api.in('serviceaccounts'), { metadata: { name: 'robot' } });
    await api.delete(api.in('serviceaccounts/robot'));
    await api.create(api.in('pods'), pod('plain'));
    await api.create(api.in('pods'), richPod());
    await api.create(api.in('services'), {
      metadata: { name: 'web' },
      spec: { selector: { app: 'x' }, ports: [{ port: 80, targetPort: 'http' }] },
    });
    await api.delete(api.in('services/web'));

    await api.create(maps, { metadata: { generateName: 'random-' }, data: { a: 'b' } });
    await api.create(maps, configMap('elsewhere', {}, { namespace: 'default' }));
    await api.create('/api/v1/namespaces/nowhere/configmaps', configMap('a'));
    await api.create(maps, configMap('versioned', {}, { resourceVersion: '5' }));
    await api.create(
      maps,
      configMap(
        'given',
        {},
        {
          uid: 'mine',
          creationTimestamp: '2001-01-01T00:00:00Z',
          generation: 7,
          deletionTimestamp: '2001-01-01T00:00:00Z',
        },
      ),
    );

    await api.create(maps, configMap('b1', {}, { labels: { group: 'b' } }));
    await api.create(maps, configMap('b2', {}, { labels: { group: 'b' } }));
    await api.delete(`${maps}?labelSelector=group%3Db`);
    await api.get(`${maps}?labelSelector=group%3Db`);
    await api.get('/api/v1/configmaps?fieldSelector=metadata.name%3Dgiven');
  },
};

/** Every default that Longshore's agents read. */
function richPod() {
  return pod('rich', {
    labels: { app: 'x' },
    spec: {
      restartPolicy: 'OnFailure',
      hostname: 'box',
      activeDeadlineSeconds: 600,
      priorityClassName: 'system-node-critical',
      securityContext: { runAsUser: 1000 },
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
      initContainers: [
        { name: 'first', image: 'example/init' },
        { name: 'side', image: 'example/side:latest', restartPolicy: 'Always' },
      ],
      containers: [
        {
          name: 'main',
          image: 'example/app:1',
          ports: [
            { containerPort: 8080, name: 'http' },
            { containerPort: 53, protocol: 'UDP' },
          ],
          env: [
            { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
            { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
            { name: 'WORD', valueFrom: { secretKeyRef: { name: 's', key: 'word' } } },
          ],
          resources: { limits: { cpu: '0.5', memory: '1000Mi' } },
          livenessProbe: { httpGet: { port: 8080 } },
          readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 3 },
          startupProbe: { exec: { command: ['true'] }, failureThreshold: 30 },
          lifecycle: { preStop: { httpGet: { port: 8080, path: '/stop' } } },
          volumeMounts: [
            { name: 'scratch', mountPath: '/scratch' },
            { name: 'conf', mountPath: '/conf', readOnly: true },
          ],
        },
        {
          name: 'second',
          image: `example/app@sha256:${'a'.repeat(64)}`,
          resources: { requests: { cpu: '100m' } },
        },
      ],
      volumes: [
        { name: 'scratch', emptyDir: {} },
        { name: 'conf', configMap: { name: 'a' } },
        { name: 'word', secret: { secretName: 's' } },
        { name: 'host', hostPath: { path: '/tmp' } },
        {
          name: 'down',
          downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
        },
        {
          name: 'all',
          projected: { sources: [{ serviceAccountToken: { path: 'token' } }, { configMap: { name: 'a' } }] },
        },
      ],
    },
  });
}
