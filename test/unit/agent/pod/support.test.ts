import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { podSupport } from '../../../../agent/pod/support/pod-support.ts';
import type { Pod } from '../../../../common/pod.ts';
import { aPod } from '../../../kit/pods.ts';

type Container = Pod['spec']['containers'][number];

const PLAIN = { enableServiceLinks: false };
const withSpec = (spec: object) => aPod({ spec: { ...PLAIN, ...spec } });
const withContainer = (container: Partial<Container>) =>
  withSpec({ containers: [{ name: 'main', image: 'busybox', ...container }] });
const envFrom = (valueFrom: NonNullable<Container['env']>[number]['valueFrom']) =>
  withContainer({ env: [{ name: 'X', valueFrom }] });

describe('podSupport', () => {
  it('accepts what an API server fills in, and what does not concern a node', () => {
    const pod = withSpec({
      affinity: { nodeAffinity: {} },
      dnsPolicy: 'ClusterFirst',
      initContainers: [],
      preemptionPolicy: 'PreemptLowerPriority',
      priority: 0,
      schedulerName: 'default-scheduler',
      securityContext: {},
      serviceAccount: 'default',
      serviceAccountName: 'default',
      terminationGracePeriodSeconds: 30,
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
      volumes: [],
      containers: [
        {
          name: 'main',
          image: 'busybox',
          imagePullPolicy: 'Always',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          securityContext: { privileged: false, procMount: 'Default' },
        },
      ],
    });
    assert.deepEqual(podSupport(pod), { problems: [], warnings: [] });
  });

  const main = 'spec.containers{main}';
  for (const { pod, field } of [
    {
      pod: withSpec({ initContainers: [{ name: 'init', aFieldOfTomorrow: 1 }] }),
      field: 'spec.initContainers{init}.aFieldOfTomorrow',
    },
    {
      pod: withSpec({ volumes: [{ name: 'data', emptyDir: { medium: 'Disk' } }] }),
      field: "spec.volumes{data}.emptyDir.medium 'Disk'",
    },
    { pod: withSpec({ aFieldOfTomorrow: 1 }), field: 'spec.aFieldOfTomorrow' },
    {
      pod: withContainer({ ports: [{ containerPort: 80, ...({ aFieldOfTomorrow: 1 } as object) }] }),
      field: `${main}.ports[0].aFieldOfTomorrow`,
    },
    {
      pod: withContainer({ restartPolicyRules: [{ action: 'RestartPod' }] }),
      field: `${main}.restartPolicyRules[0].action 'RestartPod'`,
    },
    {
      pod: withSpec({ resources: { limits: { 'hugepages-2Mi': '1' } } }),
      field: 'spec.resources.limits (hugepages-2Mi)',
    },
    {
      pod: withContainer({ resources: { limits: { 'hugepages-2Mi': '1' } } }),
      field: `${main}.resources.limits (hugepages-2Mi)`,
    },
  ]) {
    it(`names ${field}`, () => {
      assert.deepEqual(podSupport(pod).problems, [`${field} is not supported by this version of Longshore`]);
    });
  }

  it('says why a field cannot be had at all', () => {
    assert.deepEqual(podSupport(withSpec({ resourceClaims: [{ name: 'gpu' }] })).problems, [
      'spec.resourceClaims is not supported by Longshore: machines run no drivers of dynamic resource allocation',
    ]);
    assert.deepEqual(podSupport(withSpec({ hostUsers: false })).problems, [
      'spec.hostUsers is not supported by Longshore: Docker maps users for all containers of a machine alike, not for one pod',
    ]);
    assert.deepEqual(podSupport(withSpec({ hostUsers: true })).problems, []);
  });

  it('keeps a pod of another operating system waiting', () => {
    assert.deepEqual(podSupport(withSpec({ os: { name: 'windows' } })).problems, [
      "spec.os.name 'windows' is not supported by this version of Longshore",
    ]);
    assert.deepEqual(podSupport(withSpec({ os: { name: 'linux' } })).problems, []);
  });

  it('keeps a pod waiting that refers to more than any pod needs', () => {
    const refersTo = (count: number) =>
      withContainer({
        envFrom: Array.from({ length: count }, (_, index) => ({ configMapRef: { name: `c${index}` } })),
      });
    assert.deepEqual(podSupport(refersTo(499)).problems, []);
    assert.deepEqual(podSupport(refersTo(500)).problems, [
      'spec refers to 501 ConfigMaps, Secrets and tokens, more than the 500 it may',
    ]);
  });

  it('says what is wrong with a field it knows', () => {
    assert.deepEqual(podSupport(envFrom({ fieldRef: { fieldPath: 'spec.x' } })).problems, [
      `${main}.env{X}: unsupported fieldPath: spec.x`,
    ]);
    assert.deepEqual(podSupport(withSpec({ resources: { requests: { memory: 'all' } } })).problems, [
      "spec.resources.requests: memory: 'all' is no quantity",
    ]);
    assert.deepEqual(podSupport(withContainer({ resources: { limits: { cpu: 'much' } } })).problems, [
      `${main}.resources.limits: cpu: 'much' is no quantity`,
    ]);
  });

  it('leaves it to the setting up of volumes to refuse one that no machine can have', () => {
    const volumes = [
      { name: 'disk', csi: { driver: 'example.com' } },
      { name: 'claimed', persistentVolumeClaim: { claimName: 'data' } },
    ];
    assert.deepEqual(podSupport(withSpec({ volumes })), { problems: [], warnings: [] });
  });
});
