// Who a pod's processes are and what they may do, as they see it themselves.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, SERVE, scriptPod } from '../../../kit/pod-machine.ts';

type Container = Partial<Pod['spec']['containers'][number]>;

describe('the processes of pods', () => {
  let machine: PodMachine;
  const pods: Pod[] = [];
  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create({ pidsLimit: 77, unsafeSysctls: ['kernel.msg*'] });
  });
  afterEach(async () => {
    for (const { metadata } of pods.splice(0)) await machine.drop(metadata.uid);
  });
  after(() => machine[Symbol.asyncDispose]());

  const apply = async (pod: Pod): Promise<string> => {
    pods.push(pod);
    await machine.manager.apply(pod);
    return pod.metadata.uid;
  };
  const asks = (script: string, container: Container, spec: Partial<Pod['spec']> = {}) =>
    scriptPod(
      { main: '' },
      {
        restartPolicy: 'Never',
        ...spec,
        containers: [{ name: 'main', command: ['/bin/sh', '-c', script], ...container }],
      },
    );
  /** What the script prints, once it has ended well. */
  const answers = async (script: string, container: Container, spec: Partial<Pod['spec']> = {}) => {
    const uid = await apply(asks(script, container, spec));
    await eventually(() => ['Succeeded', 'Failed'].includes(machine.status(uid)?.phase ?? ''));
    const text = await machine.output(uid);
    assert.equal(machine.status(uid)?.phase, 'Succeeded', text);
    return text.split('\n');
  };
  const waiting = async (pod: Pod) => {
    const uid = await apply(pod);
    return eventually(() => machine.container(uid)?.state?.waiting?.message);
  };

  it('are of the users and groups that are asked for', async () => {
    assert.deepEqual(
      await answers(
        'id -u; id -g; id -G',
        { securityContext: { runAsUser: 1000 } },
        { securityContext: { runAsGroup: 2000, supplementalGroups: [3000], fsGroup: 4000 } },
      ),
      ['1000', '2000', '2000 3000 4000'],
    );
    assert.deepEqual(
      await answers(
        'id -u; id -g',
        { securityContext: { runAsGroup: 2002 } },
        { securityContext: { runAsUser: 1001, runAsGroup: 2001 } },
      ),
      ['1001', '2002'],
      'the pod’s user, the container’s group',
    );
  });

  it('are of the image’s user with a group alone', async () => {
    assert.deepEqual(await answers('id -u; id -g', { securityContext: { runAsGroup: 2000 } }), ['0', '2000']);
  });

  it('do not start as root where that is forbidden', async () => {
    const securityContext = { runAsNonRoot: true };
    for (const pod of [asks('true', { securityContext }), asks('true', {}, { securityContext })])
      assert.match(
        (await waiting(pod)) ?? '',
        /^container has runAsNonRoot and image will run as root \(pod: "/,
      );
    await answers('true', { securityContext: { runAsNonRoot: true, runAsUser: 1000 } });
  });

  it('have the capabilities that are left to them', async () => {
    const capabilities = { drop: ['ALL'], add: ['NET_RAW', 'CHOWN'] };
    const [effective] = await answers('grep CapEff /proc/self/status | cut -f2', {
      securityContext: { capabilities },
    });
    assert.equal(BigInt(`0x${effective}`), (1n << 13n) | 1n);
  });

  it('gain no privileges where that is forbidden', async () => {
    const script = 'grep NoNewPrivs /proc/self/status | cut -f2';
    assert.deepEqual(await answers(script, { securityContext: { allowPrivilegeEscalation: false } }), ['1']);
    assert.deepEqual(await answers(script, {}), ['0']);
  });

  it('cannot write where the root is read-only', async () => {
    const script = 'touch /x 2>&1 || echo refused';
    const lines = await answers(script, { securityContext: { readOnlyRootFilesystem: true } });
    assert.equal(lines.at(-1), 'refused');
  });

  it('are under the seccomp profile of their machine that they name', async () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
    };
    await mkdir(`${machine.seccompDir}/team`, { recursive: true });
    await writeFile(`${machine.seccompDir}/team/no-folders.json`, JSON.stringify(profile, null, 2));
    const seccompProfile = { type: 'Localhost', localhostProfile: 'team/no-folders.json' };
    const script = 'mkdir /x 2>/dev/null || echo refused; touch /y && echo made';
    assert.deepEqual(await answers(script, {}, { securityContext: { seccompProfile } }), ['refused', 'made']);
  });

  it('wait for a seccomp profile that is not there, and say so', async () => {
    for (const localhostProfile of ['gone.json', '../gone.json']) {
      const seccompProfile = { type: 'Localhost', localhostProfile };
      const message = await waiting(asks('true', { securityContext: { seccompProfile } }));
      assert.match(message ?? '', /^cannot load seccomp profile ".*gone\.json": (no such file|it leads out)/);
    }
  });

  it('are under Docker’s seccomp profile where they ask for it, and under none otherwise', async () => {
    const script = 'grep Seccomp: /proc/self/status | cut -f2';
    const seccompProfile = { type: 'RuntimeDefault' };
    assert.deepEqual(await answers(script, { securityContext: { seccompProfile } }), ['2']);
    assert.deepEqual(await answers(script, {}), ['0']);
  });

  it('see all of /proc where they ask for it', async () => {
    const script = 'grep -c " /proc/" /proc/mounts || true';
    assert.deepEqual(await answers(script, { securityContext: { procMount: 'Unmasked' } }), ['0']);
    assert.notDeepEqual(await answers(script, {}), ['0']);
  });

  it('live under their pod’s sysctls', async () => {
    const sysctls = [
      { name: 'net.ipv4.ip_unprivileged_port_start', value: '1000' },
      { name: 'kernel.msgmax', value: '65536' },
    ];
    const script = 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax';
    assert.deepEqual(await answers(script, {}, { securityContext: { sysctls } }), ['1000', '65536']);
  });

  it('are not started where the machine cannot have their pod as it is: that has failed', async () => {
    const sysctls = [{ name: 'net.core.somaxconn', value: '1' }];
    for (const [spec, reason, message] of [
      [
        { securityContext: { sysctls } },
        'SysctlForbidden',
        'forbidden sysctl: "net.core.somaxconn" not allowlisted',
      ],
      [
        { securityContext: { supplementalGroupsPolicy: 'Strict' } },
        'SupplementalGroupsPolicyNotSupported',
        'SupplementalGroupsPolicy=Strict is not supported in this node',
      ],
      [
        { os: { name: 'windows' } },
        'PodOSNotSupported',
        "Failed to admit pod as the OS field doesn't match node OS",
      ],
    ] as const) {
      const uid = await apply(scriptPod({ main: SERVE }, spec));
      const status = machine.status(uid);
      assert.deepEqual(
        [status?.phase, status?.reason, status?.message, status?.containerStatuses],
        ['Failed', reason, `Pod was rejected: ${message}`, undefined],
      );
      assert.deepEqual(machine.reasons(uid), [reason]);
      assert.deepEqual(
        (await machine.names()).filter((name) => name.includes(uid)),
        [],
      );
    }
  });

  it('are no more than the machine’s owner allows', async () => {
    const script = 'cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max';
    assert.deepEqual(await answers(script, {}), ['77']);
  });
});
