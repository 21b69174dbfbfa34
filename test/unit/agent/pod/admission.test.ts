import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Enforcement, rejectedStatus, rejection } from '../../../../agent/pod/admission.ts';
import type { Pod } from '../../../../common/pod.ts';
import { aPod } from '../../../kit/pods.ts';

const MACHINE: Enforcement = { appArmor: false, unsafeSysctls: [] };
const withSpec = (spec: Partial<Pod['spec']>) => aPod({ spec });
const withSysctl = (name: string, spec: Partial<Pod['spec']> = {}) =>
  withSpec({ ...spec, securityContext: { sysctls: [{ name, value: '1' }] } });
const withAppArmor = (type: string) =>
  withSpec({ containers: [{ name: 'main', securityContext: { appArmorProfile: { type } } }] });
const said = (pod: Pod, machine = MACHINE) => {
  const found = rejection(pod, machine);
  return found && `${found.reason}: ${found.message}`;
};

describe('a pod that is new to a machine', () => {
  for (const [what, got] of [
    ['asks for nothing special', said(aPod())],
    ['names this operating system', said(withSpec({ os: { name: 'linux' } }))],
    ['sets what is safe', said(withSysctl('net.ipv4.tcp_syncookies'))],
    ['sets what is safe, written with slashes', said(withSysctl('net/ipv4/tcp_syncookies'))],
    [
      'sets what the owner allows',
      said(withSysctl('kernel.msgmax'), { ...MACHINE, unsafeSysctls: ['kernel.msg*'] }),
    ],
    ['wants no AppArmor', said(withAppArmor('Unconfined'))],
    ['wants AppArmor where it is', said(withAppArmor('RuntimeDefault'), { ...MACHINE, appArmor: true })],
    ['merges its groups', said(withSpec({ securityContext: { supplementalGroupsPolicy: 'Merge' } }))],
  ] as const) {
    it(`is taken when it ${what}`, () => assert.equal(got, undefined));
  }

  for (const [what, got, wanted] of [
    [
      'is for another system',
      said(withSpec({ os: { name: 'windows' } })),
      "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS",
    ],
    [
      'is labelled for another system',
      said(aPod({ metadata: { labels: { 'kubernetes.io/os': 'windows' } } })),
      "PodOSSelectorNodeLabelDoesNotMatch: Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    ],
    [
      'sets what is not safe',
      said(withSysctl('kernel.msgmax')),
      'SysctlForbidden: forbidden sysctl: "kernel.msgmax" not allowlisted',
    ],
    [
      'sets what is the whole machine’s, whatever the owner allows',
      said(withSysctl('vm.swappiness'), { ...MACHINE, unsafeSysctls: ['vm.swappiness'] }),
      'SysctlForbidden: forbidden sysctl: "vm.swappiness" not allowlisted',
    ],
    [
      'sets the host’s network',
      said(withSysctl('net.ipv4.tcp_syncookies', { hostNetwork: true })),
      'SysctlForbidden: forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host Net enabled',
    ],
    [
      'sets the host’s shared memory',
      said(withSysctl('kernel.shm_rmid_forced', { hostIPC: true })),
      'SysctlForbidden: forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host IPC enabled',
    ],
    [
      'wants AppArmor where it is not',
      said(withAppArmor('RuntimeDefault')),
      'AppArmor: Cannot enforce AppArmor: AppArmor is not enabled on the host',
    ],
    [
      'wants none but its own groups',
      said(withSpec({ securityContext: { supplementalGroupsPolicy: 'Strict' } })),
      'SupplementalGroupsPolicyNotSupported: SupplementalGroupsPolicy=Strict is not supported in this node',
    ],
  ] as const) {
    it(`is turned away when it ${what}`, () => assert.equal(got, wanted));
  }

  it('has failed for good when it is turned away, without a word about containers', () => {
    const pod = aPod({ metadata: { generation: 3 } });
    const status = rejectedStatus(pod, { reason: 'AppArmor', message: 'Cannot' }, Date.UTC(2026, 0, 1));
    assert.deepEqual(status, {
      observedGeneration: 3,
      phase: 'Failed',
      reason: 'AppArmor',
      message: 'Pod was rejected: Cannot',
      startTime: '2026-01-01T00:00:00Z',
      qosClass: 'BestEffort',
    });
  });
});
