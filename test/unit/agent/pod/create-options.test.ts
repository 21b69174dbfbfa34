import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerRequest, sandboxRequest } from '../../../../agent/pod/create-options.ts';
import type { BindMount } from '../../../../agent/pod/volume-mounts.ts';
import type { Pod } from '../../../../common/pod.ts';
import { aPod } from '../../../kit/pods.ts';

const SCALE = { machineMemoryBytes: 4 << 20, oomScoreFloor: -1000, pidsLimit: undefined };

const sandbox = (pod: Pod) =>
  sandboxRequest({
    pod,
    agentUid: 'agent-1',
    attempt: 1,
    image: 'pause:1',
    hostname: 'web',
    network: 'pods',
    oomScoreFloor: -1000,
    runtime: undefined,
  });

function container(pod: Pod, mounts: readonly BindMount[] = []) {
  const [spec] = pod.spec.containers;
  assert.ok(spec);
  return containerRequest({
    pod,
    container: spec,
    agentUid: 'agent-1',
    attempt: 2,
    restartDelayMs: 20_000,
    imageId: 'sha256:1',
    sandboxId: 'pause-id',
    env: new Map([['A', 'one']]),
    mounts,
    files: { message: '/state/message', hosts: '/state/hosts', resolvConf: '/state/resolv.conf' },
    security: { imageUser: '', seccompProfile: undefined },
    devices: {},
    scale: SCALE,
    runtime: undefined,
  });
}

const COMMON = {
  AutoRemove: false,
  RestartPolicy: { Name: 'no' },
  LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } },
  ShmSize: 67_108_864,
};

const LABELS = {
  'io.kubernetes.pod.name': 'web',
  'io.kubernetes.pod.namespace': 'default',
  'io.kubernetes.pod.uid': 'uid-web',
  'io.kubernetes.pod.terminationGracePeriod': '30',
  'longshore.dev/agent-uid': 'agent-1',
};

describe('what Docker is asked to make', () => {
  it('for the least of pods: the sandbox', () => {
    assert.deepEqual(sandbox(aPod()), {
      name: 'k8s_POD_web_default_uid-web_1',
      identity: {
        agentUid: 'agent-1',
        podUid: 'uid-web',
        podName: 'web',
        podNamespace: 'default',
        container: 'POD',
        attempt: 1,
        hash: '',
        sandboxId: '',
        restartDelayMs: 0,
      },
      options: {
        Image: 'pause:1',
        Hostname: 'web',
        ExposedPorts: {},
        Labels: {
          ...LABELS,
          'io.kubernetes.container.name': 'POD',
          'io.kubernetes.container.restartCount': '1',
          'io.kubernetes.docker.type': 'podsandbox',
        },
        HostConfig: {
          ...COMMON,
          NetworkMode: 'pods',
          IpcMode: 'shareable',
          PortBindings: {},
          CpuShares: 2,
          OomScoreAdj: -998,
        },
      },
    });
  });

  it('for the least of pods: the container', () => {
    assert.deepEqual(container(aPod()).options, {
      Image: 'sha256:1',
      Env: ['A=one'],
      OpenStdin: false,
      StdinOnce: false,
      Tty: false,
      Healthcheck: { Test: ['NONE'] },
      Labels: {
        ...LABELS,
        'io.kubernetes.container.name': 'main',
        'io.kubernetes.container.restartCount': '2',
        'io.kubernetes.container.hash': '273791b6',
        'io.kubernetes.docker.type': 'container',
        'io.kubernetes.sandbox.id': 'pause-id',
        'longshore.dev/restart-delay-seconds': '20',
      },
      HostConfig: {
        ...COMMON,
        NetworkMode: 'container:pause-id',
        IpcMode: 'container:pause-id',
        Mounts: [
          { Type: 'bind', Source: '/state/message', Target: '/dev/termination-log' },
          { Type: 'bind', Source: '/state/hosts', Target: '/etc/hosts' },
          { Type: 'bind', Source: '/state/resolv.conf', Target: '/etc/resolv.conf' },
        ],
        Privileged: false,
        ReadonlyRootfs: false,
        SecurityOpt: ['seccomp=unconfined'],
        CpuShares: 2,
        OomScoreAdj: 1000,
      },
    });
  });

  it('for a pod of the host', () => {
    const pod = aPod({ spec: { hostNetwork: true, hostPID: true, hostIPC: true } });
    const { Hostname, ExposedPorts, HostConfig } = sandbox(pod).options;
    assert.deepEqual({ Hostname, ExposedPorts }, { Hostname: undefined, ExposedPorts: undefined });
    const { NetworkMode, PidMode, IpcMode, PortBindings } = HostConfig ?? {};
    assert.deepEqual(
      { NetworkMode, PidMode, IpcMode, PortBindings },
      { NetworkMode: 'host', PidMode: 'host', IpcMode: 'host', PortBindings: undefined },
    );
    const inner = container(pod).options.HostConfig;
    assert.deepEqual(
      { UTSMode: inner?.UTSMode, PidMode: inner?.PidMode },
      { UTSMode: 'host', PidMode: 'host' },
    );
  });

  it('for ports, those of every container, on the sandbox', () => {
    const ports = [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: 53, protocol: 'UDP', hostPort: 53, hostIP: '127.0.0.1' },
    ];
    const spec = {
      initContainers: [{ name: 'i', ports: [{ containerPort: 7, hostPort: 7 }] }],
      containers: [
        { name: 'a', ports },
        { name: 'b', ports: [{ containerPort: 90 }] },
      ],
    };
    const { ExposedPorts, HostConfig } = sandbox(aPod({ spec })).options;
    assert.deepEqual(ExposedPorts, { '80/tcp': {}, '53/udp': {}, '90/tcp': {} });
    assert.deepEqual(HostConfig?.PortBindings, {
      '80/tcp': [{ HostIp: '', HostPort: '8080' }],
      '53/udp': [{ HostIp: '127.0.0.1', HostPort: '53' }],
    });
  });

  for (const Target of ['/etc/hosts', '/etc/hosts/', '//etc/./hosts']) {
    it(`for a container that mounts its own hosts file, written ${Target}`, () => {
      const BindOptions = { Propagation: 'rprivate', CreateMountpoint: true } as const;
      const own: BindMount = { Type: 'bind', Source: '/own', Target, BindOptions };
      const mounts = container(aPod(), [own]).options.HostConfig?.Mounts;
      assert.deepEqual(
        mounts?.map((mount) => `${mount.Source} ${mount.Target}`),
        [`/own ${Target}`, '/state/message /dev/termination-log', '/state/resolv.conf /etc/resolv.conf'],
      );
    });
  }

  it('for sysctls, which the whole pod shares', () => {
    const sysctls = [
      { name: 'net.ipv4.tcp_syncookies', value: '0' },
      { name: 'net/ipv4/ping_group_range', value: '0 1' },
    ];
    const { HostConfig } = sandbox(aPod({ spec: { securityContext: { sysctls } } })).options;
    assert.deepEqual(HostConfig?.Sysctls, {
      'net.ipv4.tcp_syncookies': '0',
      'net.ipv4.ping_group_range': '0 1',
    });
  });

  it('for a security context, the container’s before the pod’s', () => {
    const spec = {
      securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, supplementalGroups: [4] },
      containers: [
        {
          name: 'main',
          securityContext: {
            runAsUser: 5,
            privileged: true,
            allowPrivilegeEscalation: false,
            capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
            seccompProfile: { type: 'RuntimeDefault' },
            seLinuxOptions: { type: 't', level: 'l' },
          },
        },
      ],
    };
    const { User, HostConfig } = container(aPod({ spec })).options;
    const { GroupAdd, CapAdd, CapDrop, Privileged, SecurityOpt } = HostConfig ?? {};
    assert.deepEqual(
      { User, GroupAdd, CapAdd, CapDrop, Privileged, SecurityOpt },
      {
        User: '5:2',
        GroupAdd: ['4', '3'],
        CapAdd: ['NET_ADMIN'],
        CapDrop: ['ALL'],
        Privileged: true,
        SecurityOpt: ['seccomp=unconfined', 'label=type:t', 'label=level:l', 'no-new-privileges'],
      },
    );
  });

  it('for a privileged container: its pod’s sandbox is so too', () => {
    const privileged = { securityContext: { privileged: true } };
    const pods = [
      aPod({ spec: { initContainers: [{ name: 'init', ...privileged }] } }),
      aPod({ spec: { containers: [{ name: 'main' }, { name: 'side', ...privileged }] } }),
      aPod(),
    ];
    assert.deepEqual(
      pods.map((pod) => sandbox(pod).options.HostConfig?.Privileged),
      [true, true, undefined],
    );
  });

  const resources = (requests?: Record<string, string>, limits?: Record<string, string>) => {
    const { HostConfig } = container(
      aPod({ spec: { containers: [{ name: 'main', resources: { requests, limits } }] } }),
    ).options;
    const { CpuShares, CpuPeriod, CpuQuota, Memory, MemorySwap, OomScoreAdj } = HostConfig ?? {};
    return { CpuShares, CpuPeriod, CpuQuota, Memory, MemorySwap, OomScoreAdj };
  };
  const none = { CpuPeriod: undefined, CpuQuota: undefined, Memory: undefined, MemorySwap: undefined };

  for (const { name, got, wanted } of [
    {
      name: 'guaranteed: never killed before others',
      got: resources(undefined, { cpu: '1', memory: '1Mi' }),
      wanted: {
        CpuShares: 1024,
        CpuPeriod: 100_000,
        CpuQuota: 100_000,
        Memory: 1 << 20,
        MemorySwap: 1 << 20,
        OomScoreAdj: -997,
      },
    },
    {
      name: 'burstable: by its share of the memory',
      got: resources({ cpu: '100m', memory: '1Mi' }),
      wanted: { ...none, CpuShares: 102, OomScoreAdj: 750 },
    },
    {
      name: 'burstable without memory: just before best effort',
      got: resources({ cpu: '1m' }),
      wanted: { ...none, CpuShares: 2, OomScoreAdj: 999 },
    },
    {
      name: 'a sliver of cpu: the least Docker takes',
      got: resources(undefined, { cpu: '1m' }),
      wanted: { ...none, CpuShares: 2, CpuPeriod: 100_000, CpuQuota: 1000, OomScoreAdj: 999 },
    },
  ]) {
    it(`for resources, ${name}`, () => assert.deepEqual(got, wanted));
  }
});
