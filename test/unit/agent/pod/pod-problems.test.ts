import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { podProblems } from '../../../../agent/pod/support/pod-problems.ts';
import type { Pod } from '../../../../common/pod.ts';
import { aPod } from '../../../kit/pods.ts';

type Container = Pod['spec']['containers'][number];

const PLAIN = { enableServiceLinks: false };
const withSpec = (spec: object) => aPod({ spec: { ...PLAIN, ...spec } });
const withContainer = (container: Partial<Container>) =>
  withSpec({ containers: [{ name: 'main', image: 'busybox', ...container }] });
const envFrom = (valueFrom: NonNullable<Container['env']>[number]['valueFrom']) =>
  withContainer({ env: [{ name: 'X', valueFrom }] });

describe('podProblems', () => {
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
    assert.deepEqual(podProblems(pod), []);
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
      assert.deepEqual(podProblems(pod), [`${field} is not supported by this version of Longshore`]);
    });
  }

  it('says why a field cannot be had at all', () => {
    assert.deepEqual(podProblems(withSpec({ resourceClaims: [{ name: 'gpu' }] })), [
      'spec.resourceClaims is not supported by Longshore: machines run no drivers of dynamic resource allocation',
    ]);
    assert.deepEqual(podProblems(withSpec({ hostUsers: false })), [
      'spec.hostUsers is not supported by Longshore: Docker maps users for all containers of a machine alike, not for one pod',
    ]);
    assert.deepEqual(podProblems(withSpec({ hostUsers: true })), []);
  });

  it('keeps a pod of another operating system waiting', () => {
    assert.deepEqual(podProblems(withSpec({ os: { name: 'windows' } })), [
      "spec.os.name 'windows' is not supported by this version of Longshore",
    ]);
    assert.deepEqual(podProblems(withSpec({ os: { name: 'linux' } })), []);
  });

  it('keeps a pod waiting that refers to more than any pod needs', () => {
    const refersTo = (count: number) =>
      withContainer({
        envFrom: Array.from({ length: count }, (_, index) => ({ configMapRef: { name: `c${index}` } })),
      });
    assert.deepEqual(podProblems(refersTo(499)), []);
    assert.deepEqual(podProblems(refersTo(500)), [
      'spec refers to 501 ConfigMaps, Secrets and tokens, more than the 500 it may',
    ]);
  });

  it('says what is wrong with a field it knows', () => {
    assert.deepEqual(podProblems(envFrom({ fieldRef: { fieldPath: 'spec.x' } })), [
      `${main}.env{X}: unsupported fieldPath: spec.x`,
    ]);
    assert.deepEqual(podProblems(withSpec({ resources: { requests: { memory: 'all' } } })), [
      "spec.resources.requests: memory: 'all' is no quantity",
    ]);
    assert.deepEqual(podProblems(withContainer({ resources: { limits: { cpu: 'much' } } })), [
      `${main}.resources.limits: cpu: 'much' is no quantity`,
    ]);
  });

  it('leaves it to the setting up of volumes to refuse one that no machine can have', () => {
    const volumes = [
      { name: 'disk', csi: { driver: 'example.com' } },
      { name: 'claimed', persistentVolumeClaim: { claimName: 'data' } },
    ];
    assert.deepEqual(podProblems(withSpec({ volumes })), []);
  });
});
