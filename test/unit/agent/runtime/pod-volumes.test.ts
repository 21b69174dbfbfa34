import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, STUBBORN, scriptPod } from '../../../kit/pod-machine.ts';
import { configMap, found } from '../../../kit/pod-objects.ts';

const SECOND = 1000;

/** One container that mounts one emptyDir. */
function podWithData(script = SERVE, spec: Partial<Pod['spec']> = {}): Pod {
  return scriptPod(
    { main: script },
    {
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [{ name: 'main', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      ...spec,
    },
  );
}

describe('the volumes of a pod on the modelled engine', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });
  const fail = (times: number, message = 'no room') => {
    for (let count = 0; count < times; count++) machine.volumes.failures.push({ volume: 'data', message });
  };

  it('are made once, and left alone', async () => {
    await apply(podWithData());
    await machine.settle(600 * SECOND);
    assert.equal(machine.volumes.setUps, 1);
    await apply(scriptPod({ main: SERVE }));
    assert.equal(machine.volumes.setUps, 1, 'a pod without any needs none');
  });

  it('that cannot be made keep the pod waiting, told each time, tried again after 0.5, 1, 2 … s', async () => {
    fail(4);
    const uid = await apply(podWithData());
    const told = () => machine.messages('FailedMount');
    for (const [seconds, tries] of [
      [0, 1],
      [0.5, 2],
      [1, 3],
      [1.9, 3],
      [0.1, 4],
    ] as const) {
      await machine.settle(seconds * SECOND);
      assert.equal(told().length, tries);
      assert.equal(machine.volumes.setUps, tries);
    }
    assert.equal(told()[0], 'MountVolume.SetUp failed for volume "data" : no room');
    assert.deepEqual(machine.engine.all(), []);
    assert.equal(machine.status(uid)?.phase, 'Pending');
    assert.equal(machine.container(uid)?.state?.waiting?.reason, 'ContainerCreating');
    await machine.settle(4 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  it('wait at most two minutes between two tries', async () => {
    fail(100);
    await apply(podWithData());
    await machine.settle(600 * SECOND);
    const before = machine.volumes.setUps;
    await machine.settle(122 * SECOND);
    assert.equal(machine.volumes.setUps, before + 1);
  });

  it('that no machine can have say so, and the pod is never failed', async () => {
    const spec = { volumes: [{ name: 'data', csi: { driver: 'example.com' } }] };
    const uid = await apply(podWithData(SERVE, spec));
    await machine.settle(600 * SECOND);
    const messages = machine.messages('FailedMount');
    assert.ok(messages.length > 5);
    assert.equal(
      messages[0],
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: no volume plugin matched (csi not supported by this node: machines run no CSI drivers)',
    );
    assert.equal(machine.status(uid)?.phase, 'Pending');
    assert.equal(machine.container(uid)?.state?.waiting?.reason, 'ContainerCreating');
    assert.deepEqual(machine.engine.all(), []);
  });

  it('of a claim wait for it to be bound, and go on then', async () => {
    const key = 'persistentvolumeclaims/default/disk';
    await machine.objects.put(key, { kind: 'absent' });
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'disk' } }];
    const uid = await apply(podWithData(SERVE, { volumes }));
    assert.equal(
      machine.messages('FailedMount')[0],
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/disk: failed to fetch PVC from API server: persistentvolumeclaims "disk" not found',
    );
    assert.equal(machine.container(uid)?.state?.waiting?.reason, 'ContainerCreating');
    const source = { kind: 'hostPath', path: '/srv', type: '' };
    const volume = { name: 'pv', isBlock: false, mountOptions: [], source };
    await machine.objects.put(key, found({ kind: 'bound', volume }));
    await machine.settle();
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  it('of a claim stay what they were set up as, whatever is said of the claim later', async () => {
    const key = 'persistentvolumeclaims/default/disk';
    const volume = { name: 'pv', isBlock: false, mountOptions: [] };
    const source = { kind: 'hostPath', path: '/srv', type: '' };
    await machine.objects.put(key, found({ kind: 'bound', volume: { ...volume, source } }));
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'disk' } }];
    const uid = await apply(podWithData(SERVE, { volumes }));
    await machine.crashAndStart();
    for (const [revision, news] of [
      ['2', found({ kind: 'unusable', message: 'PVC is being deleted' }, '2')],
      ['gone', { kind: 'absent' }],
      [
        'other',
        found({ kind: 'bound', volume: { ...volume, source: { kind: 'other', field: 'csi' } } }, '4'),
      ],
    ] as const) {
      await machine.objects.put(key, news);
      machine.engine.exit('main', 1);
      await machine.settle(300 * SECOND);
      assert.equal(machine.status(uid)?.containerStatuses?.[0]?.ready, true, revision);
      await machine.settle(700 * SECOND);
    }
    assert.equal(machine.container(uid)?.restartCount, 3);
    assert.deepEqual(machine.messages('FailedMount'), []);
    const late = await apply(podWithData(SERVE, { volumes }));
    assert.equal(machine.status(late)?.phase, 'Pending', 'a pod that comes later does not have it');
  });

  it('that are waited for too long are told of every 2 min 3 s, beside what each try meets', async () => {
    fail(100);
    const uid = await apply(podWithData());
    const told = () => machine.messages('FailedMount').filter((message) => message.startsWith('Unable'));
    await machine.settle(122 * SECOND);
    assert.deepEqual(told(), []);
    await machine.settle(SECOND);
    const message =
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: context deadline exceeded';
    assert.deepEqual(told(), [message]);
    await machine.settle(122 * SECOND);
    assert.equal(told().length, 1);
    await machine.settle(SECOND);
    assert.deepEqual(told(), [message, message]);
    machine.volumes.failures.splice(0);
    await machine.settle(123 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Running');
    await machine.settle(600 * SECOND);
    assert.equal(told().length, 2);
  });

  it('of an object that is missing are told of every 2 min 3 s too, but not one that goes on with what it had', async () => {
    const key = 'configmaps/default/paint';
    const told = () => machine.messages('FailedMount').filter((message) => message.startsWith('Unable'));
    const volumes = [
      { name: 'data', configMap: { name: 'paint' } },
      { name: 'other', configMap: { name: 'brush' } },
    ];
    const main = { name: 'main', volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/${name}` })) };
    await machine.objects.put(key, found(configMap({ colour: 'green' })));
    await machine.objects.put('configmaps/default/brush', { kind: 'absent' });
    const uid = await apply(podWithData(SERVE, { volumes, containers: [main] }));
    await machine.objects.put(key, { kind: 'absent' });
    await machine.settle(123 * SECOND);
    assert.deepEqual(told(), [
      'Unable to attach or mount volumes: unmounted volumes=[other], unattached volumes=[], failed to process volumes=[]: context deadline exceeded',
    ]);
    await machine.objects.put('configmaps/default/brush', found(configMap({})));
    await machine.settle(600 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Running');
    assert.equal(told().length, 1);
  });

  it('of images wait for them as containers do for their own', async () => {
    const image = { reference: 'data:1', pullPolicy: 'IfNotPresent' };
    machine.imageFailures.push({ reason: 'ErrImagePull', message: 'no such image' });
    const uid = await apply(podWithData(SERVE, { volumes: [{ name: 'data', image }] }));
    const waiting = () => machine.container(uid)?.state?.waiting;
    assert.deepEqual(waiting(), { reason: 'ErrImagePull', message: 'no such image' });
    await machine.settle(3 * SECOND);
    const message = 'Back-off pulling image "data:1": ErrImagePull: no such image';
    assert.deepEqual(waiting(), { reason: 'ImagePullBackOff', message });
    assert.deepEqual(machine.messages('Failed'), [
      'Failed to pull image "data:1": no such image',
      'Error: ErrImagePull',
      'Error: ImagePullBackOff',
    ]);
    assert.deepEqual(machine.messages('BackOff'), ['Back-off pulling image "data:1"']);
    await machine.settle(10 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  it('of a server that does not answer keep nobody waiting when the pod is to end, and the next try waits', async () => {
    const volumes = [{ name: 'data', nfs: { server: 'nas', path: '/export' } }];
    const answer = Promise.withResolvers<void>();
    machine.volumes.hangs = answer.promise;
    const leaving = await apply(podWithData(SERVE, { volumes }));
    const staying = await apply(podWithData(SERVE, { volumes }));
    await machine.settle(30 * SECOND);
    assert.equal(machine.volumes.setUps, 2, 'one try at a time for each pod');
    assert.deepEqual(machine.engine.all(), []);
    await machine.manager.remove(leaving, 1);
    await machine.settle();
    assert.ok(machine.gone.some(({ uid }) => uid === leaving));
    await machine.objects.put('configmaps/default/settings', found(configMap({})));
    answer.resolve();
    await machine.settle();
    assert.equal(machine.status(staying)?.phase, 'Running');
    assert.equal(machine.volumes.setUps, 2);
    assert.deepEqual(await machine.volumes.held(), [staying]);
  });

  it('of an image that is still unpacked when the pod has ended do not come afterwards', async () => {
    const unpacked = Promise.withResolvers<void>();
    machine.volumes.hangs = unpacked.promise;
    const volumes = [{ name: 'data', image: { reference: 'model' } }];
    const uid = await apply(podWithData(SERVE, { volumes, activeDeadlineSeconds: 10 }));
    await machine.settle(20 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Failed');
    unpacked.resolve();
    await machine.settle();
    assert.deepEqual(await machine.volumes.held(), []);
  });

  it('survive their containers, and go when the pod has ended for good', async () => {
    const crashing = await apply(podWithData('exit 1'));
    const done = await apply(podWithData('exit 0', { restartPolicy: 'Never' }));
    await machine.settle(60 * SECOND);
    assert.equal(machine.status(done)?.phase, 'Succeeded');
    assert.deepEqual(await machine.volumes.held(), [crashing]);
  });

  it('go with the pod, and keep nobody waiting while they are in use', async () => {
    machine.volumes.busy = true;
    const uid = await apply(podWithData());
    await machine.manager.remove(uid, 1);
    await machine.settle(5 * SECOND);
    assert.ok(machine.gone.some((gone) => gone.uid === uid));
    await machine.manager.acknowledgeGone(uid);
    await machine.manager.retain(new Set());
    await machine.settle(60 * SECOND);
    assert.deepEqual(await machine.volumes.held(), [uid]);
    machine.volumes.busy = false;
    await machine.settle(60 * SECOND);
    assert.deepEqual(await machine.volumes.held(), []);
  });

  describe('from a ConfigMap', () => {
    const key = 'configmaps/default/settings';
    const podWithSettings = (optional = false) =>
      podWithData(SERVE, { volumes: [{ name: 'data', configMap: { name: 'settings', optional } }] });
    const put = async (...news: Parameters<FakeMachine['objects']['put']>) => {
      await machine.objects.put(...news);
      await machine.settle();
    };
    const events = () => machine.messages('FailedMount');
    const failure = 'MountVolume.SetUp failed for volume "data" : configmap "settings" not found';

    it('follow it at once, and restart nothing', async () => {
      await put(key, found(configMap({ colour: 'green' })));
      const uid = await apply(podWithSettings());
      assert.deepEqual(machine.volumes.files(uid, 'data'), { colour: 'green' });
      await put(key, found(configMap({ colour: 'blue', shade: 'dark' }), '2'));
      assert.deepEqual(machine.volumes.files(uid, 'data'), { colour: 'blue', shade: 'dark' });
      assert.equal(machine.volumes.setUps, 2);
      assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
      assert.deepEqual(events(), []);
    });

    it('wait without a word while nobody has spoken of it, and say so when that goes on', async () => {
      const uid = await apply(podWithSettings());
      await machine.settle(5 * SECOND);
      assert.deepEqual(events(), []);
      await machine.settle(60 * SECOND);
      assert.match(events()[0] ?? '', /failed to sync configmap cache: timed out waiting for the condition$/);
      assert.deepEqual(machine.engine.running(), []);
      await put(key, found(configMap({ colour: 'green' })));
      assert.equal(machine.status(uid)?.phase, 'Running');
    });

    it('wait while there is none, and the pod starts by itself when it comes', async () => {
      await put(key, { kind: 'absent' });
      const uid = await apply(podWithSettings());
      await machine.settle(300 * SECOND);
      assert.equal(events()[0], failure);
      assert.equal(machine.container(uid)?.state?.waiting?.reason, 'ContainerCreating');
      assert.deepEqual(machine.engine.all(), []);
      await put(key, found(configMap({ colour: 'green' })));
      assert.equal(machine.status(uid)?.phase, 'Running');
      assert.equal(machine.container(uid)?.restartCount, 0);
    });

    it('stay as they are when it is deleted, with a warning, and containers still start', async () => {
      await put(key, found(configMap({ colour: 'green' })));
      const uid = await apply(podWithSettings());
      await put(key, { kind: 'absent' });
      assert.deepEqual(events(), [failure]);
      assert.deepEqual(machine.volumes.files(uid, 'data'), { colour: 'green' });
      machine.engine.exit('main', 1);
      await machine.settle();
      assert.deepEqual(machine.engine.running(), ['POD/0', 'main/1']);
      await machine.settle(10 * SECOND);
      assert.ok(events().length > 1);
      await put(key, found(configMap({ colour: 'blue' }), '2'));
      assert.deepEqual(machine.volumes.files(uid, 'data'), { colour: 'blue' });
    });

    it('stay as they are while nobody knows any more', async () => {
      await put(key, found(configMap({ colour: 'green' })));
      const uid = await apply(podWithSettings(true));
      await machine.objects.drop(key);
      await machine.settle(5 * SECOND);
      assert.deepEqual(machine.volumes.files(uid, 'data'), { colour: 'green' });
      await machine.crashAndStart();
      await machine.settle(60 * SECOND);
      assert.deepEqual(machine.volumes.files(uid, 'data'), { colour: 'green' });
      assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
    });

    it('that may be missing come and go with it', async () => {
      await put(key, { kind: 'absent' });
      const uid = await apply(podWithSettings(true));
      assert.equal(machine.status(uid)?.phase, 'Running');
      assert.deepEqual(machine.volumes.files(uid, 'data'), {});
      await put(key, found(configMap({ colour: 'green' })));
      assert.deepEqual(machine.volumes.files(uid, 'data'), { colour: 'green' });
      await put(key, { kind: 'absent' });
      assert.deepEqual(machine.volumes.files(uid, 'data'), {});
      assert.deepEqual(events(), []);
    });
  });

  describe('that grow beyond their limit', () => {
    const pod = () =>
      podWithData(SERVE, {
        volumes: [{ name: 'data', emptyDir: { sizeLimit: '1Ki' } }],
        terminationGracePeriodSeconds: 600,
      });
    const message = 'Usage of EmptyDir volume "data" exceeds the limit "1Ki".';

    it('get the pod evicted', async () => {
      const uid = await apply(pod());
      machine.volumes.used.set('data', 1024);
      await machine.settle(60 * SECOND);
      assert.equal(machine.status(uid)?.phase, 'Running');
      machine.volumes.used.set('data', 1025);
      await machine.settle(20 * SECOND);
      const { phase, reason, message: why } = machine.status(uid) ?? {};
      assert.deepEqual([phase, reason, why], ['Failed', 'Evicted', message]);
      assert.deepEqual(machine.messages('Evicted'), [message]);
      assert.deepEqual(machine.engine.running(), []);
      assert.deepEqual(await machine.volumes.held(), []);
    });

    it('get it evicted though the agent dies meanwhile, and it never runs again', async () => {
      const uid = await apply(
        scriptPod({ main: STUBBORN }, { ...pod().spec, containers: pod().spec.containers }),
      );
      machine.volumes.used.set('data', 1025);
      await machine.settle(10 * SECOND);
      await machine.crashAndStart();
      await machine.settle(30 * SECOND);
      assert.equal(machine.status(uid)?.reason, 'Evicted');
      assert.deepEqual(machine.engine.running(), []);
      assert.deepEqual(machine.messages('Evicted'), [message]);
    });

    it('say nothing of a pod that has ended while they were measured', async () => {
      const uid = await apply({ ...pod(), spec: { ...pod().spec, restartPolicy: 'Never' } });
      machine.volumes.used.set('data', 1025);
      const { usage } = machine.volumes;
      machine.volumes.usage = async (...wish) => {
        machine.engine.exit('main', 0);
        await machine.clock.sleep(SECOND);
        return usage.apply(machine.volumes, wish);
      };
      await machine.settle(20 * SECOND);
      assert.equal(machine.status(uid)?.phase, 'Succeeded');
      assert.deepEqual(machine.messages('Evicted'), []);
      assert.equal(machine.records.get(uid)?.evicted, undefined);
    });

    it('say nothing of a pod that is being stopped', async () => {
      const uid = await apply(pod());
      await machine.manager.remove(uid, 1);
      machine.volumes.used.set('data', 1025);
      await machine.settle(60 * SECOND);
      assert.deepEqual(machine.messages('Evicted'), []);
    });
  });

  it('that tell a pod of itself follow its labels, and restart nothing', async () => {
    const items = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }];
    const pod = podWithData(SERVE, { volumes: [{ name: 'data', downwardAPI: { items } }] });
    const labelled = (tier: string) => ({ ...pod, metadata: { ...pod.metadata, labels: { tier } } });
    const uid = await apply(labelled('front'));
    assert.deepEqual(machine.volumes.files(uid, 'data'), { labels: 'tier="front"' });
    await apply(labelled('back'));
    assert.deepEqual(machine.volumes.files(uid, 'data'), { labels: 'tier="back"' });
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
  });

  it('of a pod that nobody remembers go once the whole wish is known', async () => {
    machine.volumes.leave('forgotten');
    await machine.settle(60 * SECOND);
    assert.deepEqual(await machine.volumes.held(), ['forgotten']);
    await machine.manager.retain(new Set());
    await machine.settle();
    assert.deepEqual(await machine.volumes.held(), []);
  });
});
