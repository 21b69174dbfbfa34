// What containers in Docker find in their environment: values, references, what objects, files and Services say.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUSYBOX_IMAGE } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { onPodMachine } from '../../../kit/on-pod-machine.ts';
import { type PodMachine, SERVE, scriptPod } from '../../../kit/pod-machine.ts';
import { configMap, found, secret } from '../../../kit/pod-objects.ts';

const FIELDS = [
  ...['metadata.name', 'metadata.namespace', 'metadata.uid'],
  ...["metadata.labels['tier']", "metadata.annotations['note']", 'spec.nodeName', 'spec.serviceAccountName'],
  ...['status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
];

describe('the environment of containers in Docker', () => {
  let machine: PodMachine;
  const { apply } = onPodMachine((fresh) => {
    machine = fresh;
  });
  const phase = (uid: string, wanted: string) =>
    eventually(() => machine.status(uid)?.phase === wanted, { what: `phase ${wanted}` });
  const lines = (uid: string, count: number) =>
    eventually(async (): Promise<string[] | undefined> => {
      const found = (await machine.output(uid)).split('\n').filter(Boolean);
      return found.length === count ? found : undefined;
    });

  it('see their environment, command and arguments filled in', async () => {
    const ofTheOther = (resource: string, divisor: string) => ({ containerName: 'other', resource, divisor });
    const env = [
      { name: 'FIRST', value: 'one' },
      { name: 'SECOND', value: '$(FIRST)-two-$(NONE)-$$(FIRST)' },
      ...FIELDS.map((fieldPath, index) => {
        const fieldRef = { apiVersion: 'v1', fieldPath };
        return { name: `FIELD_${index}`, valueFrom: { fieldRef } };
      }),
      { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      { name: 'SIDE', valueFrom: { resourceFieldRef: ofTheOther('requests.memory', '1Mi') } },
      { name: 'SHARE', valueFrom: { resourceFieldRef: ofTheOther('limits.cpu', '1m') } },
    ];
    const script = `echo "$SECOND $CPUS $SIDE $SHARE $0 $(pwd)"; for i in $(seq 0 ${FIELDS.length - 1}); do eval echo "\\$FIELD_$i"; done; ${SERVE}`;
    const command = ['/bin/sh', '-c', script];
    const main = { name: 'main', env, args: ['arg-$(FIRST)'], command, workingDir: '/var/work' };
    const resources = { requests: { memory: '12345678' }, limits: { cpu: '250m' } };
    const metadata = { labels: { tier: 'web' }, annotations: { note: 'by hand' } };
    const spec = { containers: [main, { name: 'other', resources }], serviceAccountName: 'robot' };
    const pod = scriptPod({ main: '', other: SERVE }, spec, metadata);
    const uid = await apply(pod);
    await phase(uid, 'Running');
    const { podIP, hostIP } = machine.status(uid) ?? {};
    assert.deepEqual(await lines(uid, 1 + FIELDS.length), [
      'one-two-$(NONE)-$(FIRST) 2 12 250 arg-one /var/work',
      ...[pod.metadata.name, 'default', uid, 'web', 'by hand', 'longshore', 'robot'],
      ...[hostIP, hostIP, podIP, podIP],
    ]);
  });

  it('see what ConfigMaps and Secrets say, once they are there', async () => {
    const pod = scriptPod({
      main: `echo "$COLOUR $SHOP_user $SHOP_none $PASSWORD $WHO $PAINT_colour <$NONE$NOBODY>"; ${SERVE}`,
    });
    const [container] = pod.spec.containers;
    const uid = await apply({
      ...pod,
      spec: {
        ...pod.spec,
        containers: [
          {
            ...container,
            name: 'main',
            envFrom: [
              { prefix: 'SHOP_', secretRef: { name: 'login' } },
              { prefix: 'PAINT_', configMapRef: { name: 'paint' } },
              { configMapRef: { name: 'gone', optional: true } },
              { secretRef: { name: 'gone', optional: true } },
            ],
            env: [
              { name: 'WHO', valueFrom: { secretKeyRef: { name: 'login', key: 'user' } } },
              {
                name: 'NONE',
                valueFrom: { configMapKeyRef: { name: 'paint', key: 'none', optional: true } },
              },
              { name: 'NOBODY', valueFrom: { secretKeyRef: { name: 'gone', key: 'user', optional: true } } },
              { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'paint', key: 'colour' } } },
              { name: 'PASSWORD', value: '<$(SHOP_password)>' },
            ],
          },
        ],
      },
    });
    const waiting = () => machine.container(uid)?.state?.waiting;
    for (const gone of ['configmaps/default/gone', 'secrets/default/gone', 'configmaps/default/paint'])
      await machine.objects.put(gone, { kind: 'absent' });
    await machine.objects.put('secrets/default/login', found(secret({ user: 'ada', password: 'p$$w' })));
    await eventually(() => waiting()?.reason === 'CreateContainerConfigError');
    assert.equal(waiting()?.message, 'configmap "paint" not found');
    await machine.objects.put('configmaps/default/paint', found(configMap({ color: 'red' })));
    await eventually(() => waiting()?.message === "couldn't find key colour in ConfigMap default/paint");
    await machine.objects.put('configmaps/default/paint', found(configMap({ colour: 'green' }), '2'));
    await phase(uid, 'Running');
    assert.deepEqual(await lines(uid, 1), ['green ada  <p$$w> ada green <>']);
    assert.equal(machine.container(uid)?.restartCount, 0);
  });

  it('take variables from a file that an earlier one has left', async () => {
    const mount = { name: 'work', mountPath: '/made' };
    const fileKeyRef = { volumeName: 'work', path: 'vars.env', key: 'GREETING' };
    const optional = { ...fileKeyRef, key: 'NONE', optional: true };
    const pod = scriptPod(
      { main: `echo "$GREETING <$NONE>"; ${SERVE}` },
      {
        volumes: [{ name: 'work', emptyDir: {} }],
        initContainers: [
          {
            name: 'prepare',
            image: BUSYBOX_IMAGE,
            command: ['sh', '-c', `echo "GREETING='good day'" > /made/vars.env`],
            volumeMounts: [mount],
          },
        ],
        containers: [
          {
            name: 'main',
            env: [
              { name: 'GREETING', valueFrom: { fileKeyRef } },
              { name: 'NONE', valueFrom: { fileKeyRef: optional } },
            ],
          },
        ],
      },
    );
    const uid = await apply(pod);
    assert.deepEqual(await lines(uid, 1), ['good day <>']);
  });

  it('are told of Services', async () => {
    await machine.objects.put('services/default', found({ SHOP_SERVICE_HOST: '10.96.0.7', SHOP_PORT: 'x' }));
    await machine.objects.put('services/', found({ KUBERNETES_SERVICE_HOST: '10.96.0.1' }));
    const script = `echo "$SHOP_SERVICE_HOST $SHOP_PORT $KUBERNETES_SERVICE_HOST $URL"; ${SERVE}`;
    const env = [
      { name: 'SHOP_PORT', value: 'mine' },
      { name: 'URL', value: 'http://$(SHOP_SERVICE_HOST)' },
    ];
    const containers = [{ name: 'main', env }];
    const linked = await apply(scriptPod({ main: script }, { containers, enableServiceLinks: true }));
    const alone = await apply(scriptPod({ main: script }, { containers }));
    assert.deepEqual(await lines(linked, 1), ['10.96.0.7 mine  http://10.96.0.7']);
    assert.deepEqual(await lines(alone, 1), ['mine 10.96.0.1 http://$(SHOP_SERVICE_HOST)']);
  });
});
