import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { httpTarget } from '../../../../agent/pod/action-target.ts';
import { malformedField } from '../../../../agent/pod/pod-shape.ts';
import { podVolumes } from '../../../../agent/pod/pod-volume.ts';
import { podProblems } from '../../../../agent/pod/support/pod-problems.ts';
import { volumeFiles } from '../../../../agent/pod/volume-files.ts';
import { volumeMounts } from '../../../../agent/pod/volume-mounts.ts';
import type { Pod } from '../../../../common/pod.ts';
import { objectsOf } from '../../../kit/pod-objects.ts';
import { aPod, endedStatus, runningStatus } from '../../../kit/pods.ts';

const anything = fc.anything({ maxDepth: 2, withBigInt: false });
const FIELDS = [
  'env',
  'ports',
  'resources',
  'command',
  'securityContext',
  'volumeMounts',
  'lifecycle',
  'restartPolicyRules',
] as const;
const POD_FIELDS = ['volumes', 'readinessGates', 'dnsConfig', 'hostAliases', 'securityContext'] as const;

describe('the shape of a pod', () => {
  it('is right for pods as the API server has them', () => {
    for (const status of [runningStatus(), endedStatus(3), undefined]) {
      assert.equal(malformedField(aPod(status ? { status } : {})), undefined);
    }
    const resources = { limits: { cpu: '1', memory: 4096 as unknown as string } };
    assert.equal(
      malformedField(aPod({ spec: { containers: [{ name: 'a', resources, env: [{ name: 'A' }] }] } })),
      undefined,
    );
  });

  it('is wrong where a mount has no name or leads nowhere', () => {
    const path = (volumeMounts: object[]) => {
      const containers = [{ name: 'main', image: 'x', volumeMounts }] as Pod['spec']['containers'];
      return malformedField(aPod({ spec: { containers } }));
    };
    assert.equal(path([{}]), 'spec.containers[0].volumeMounts[0].name');
    assert.equal(path([{ name: 'data' }]), 'spec.containers[0].volumeMounts[0].mountPath');
    assert.equal(path([{ name: 'data', mountPath: '/data' }]), undefined);
  });

  it('is found wrong before anything stumbles over it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FIELDS),
        fc.constantFrom(...POD_FIELDS),
        anything,
        anything,
        (field, podField, one, other) => {
          const containers = [{ name: 'main', image: 'x', [field]: one }];
          const pod = JSON.parse(JSON.stringify(aPod({ spec: { containers, [podField]: other } }))) as Pod;
          if (malformedField(pod) !== undefined) return;
          podProblems(pod);
          const machine = { cpuMilli: 1, memoryBytes: 1, ephemeralStorageBytes: 1 };
          const context = { pod, objects: objectsOf({}, pod), machine };
          const volumes = podVolumes(context);
          for (const volume of volumes) {
            if (volume.kind === 'files') volumeFiles(volume, context);
          }
          for (const container of pod.spec.containers) {
            volumeMounts(pod, container, { env: new Map(), recursiveReadOnly: true, volumes });
            const { httpGet } = container.lifecycle?.preStop ?? {};
            if (httpGet) httpTarget(httpGet, container, '10.0.0.1');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
