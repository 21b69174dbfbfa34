// The command lines of a real control plane's four programs: what each listens on, trusts and may do. Pure.
import { join } from 'node:path';
import type { ControlPlaneBinaries } from './binaries.ts';
import { type CertificateFiles, FRONT_PROXY_CLIENT, SERVICE_RANGE } from './certificates.ts';

export type ProgramName = 'etcd' | 'kube-apiserver' | 'kube-scheduler' | 'kube-controller-manager';

export interface Program {
  readonly name: ProgramName;
  readonly command: string;
  readonly args: readonly string[];
}

export interface ProgramOptions {
  readonly dir: string;
  readonly binaries: ControlPlaneBinaries;
  readonly files: CertificateFiles;
  readonly host: string;
  readonly ports: { readonly api: number; readonly etcd: number; readonly etcdPeer: number };
  /** Flags of the user's own, which win over ours. */
  readonly extraFlags: Readonly<Partial<Record<ProgramName, readonly string[]>>>;
}

/** In the order of their start; each needs the one before it, the last two need the API server. */
export function controlPlanePrograms(options: ProgramOptions): Program[] {
  const { binaries, extraFlags } = options;
  const program = (name: ProgramName, command: string, flags: Flags): Program => ({
    name,
    command,
    args: [
      ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      ...(extraFlags[name] ?? []),
    ],
  });
  return [
    program('etcd', binaries.etcd, etcdFlags(options)),
    program('kube-apiserver', binaries.apiServer, apiServerFlags(options)),
    program('kube-scheduler', binaries.scheduler, schedulerFlags(options)),
    program('kube-controller-manager', binaries.controllerManager, controllerManagerFlags(options)),
  ];
}

type Flags = Readonly<Record<string, string | number | boolean>>;

function etcdFlags({ dir, files, ports }: ProgramOptions): Flags {
  const client = `https://127.0.0.1:${ports.etcd}`;
  const peer = `https://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: 'sandbox',
    'data-dir': join(dir, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'cert-file': files.etcdServer.certificate,
    'key-file': files.etcdServer.key,
    'trusted-ca-file': files.etcdCa.certificate,
    'client-cert-auth': true,
    // Nobody is there to talk to, but etcd wants the door; locked.
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `sandbox=${peer}`,
    'peer-cert-file': files.etcdServer.certificate,
    'peer-key-file': files.etcdServer.key,
    'peer-trusted-ca-file': files.etcdCa.certificate,
    'peer-client-cert-auth': true,
    // A sandbox survives the end of its processes, not a power cut.
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  };
}

function apiServerFlags({ dir, files, host, ports }: ProgramOptions): Flags {
  return {
    'bind-address': host,
    'secure-port': ports.api,
    // A loopback address is refused as an endpoint of the Service `kubernetes`, and pods could not use it.
    'advertise-address': host,
    'endpoint-reconciler-type': 'none',
    'service-cluster-ip-range': SERVICE_RANGE,
    'etcd-servers': `https://127.0.0.1:${ports.etcd}`,
    'etcd-cafile': files.etcdCa.certificate,
    'etcd-certfile': files.etcdClient.certificate,
    'etcd-keyfile': files.etcdClient.key,
    'cert-dir': join(dir, 'pki'),
    'tls-cert-file': files.serving.certificate,
    'tls-private-key-file': files.serving.key,
    'client-ca-file': files.ca.certificate,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': true,
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': files.tokenPublicKey,
    'service-account-signing-key-file': files.tokenKey,
    'kubelet-client-certificate': files.kubeletClient.certificate,
    'kubelet-client-key': files.kubeletClient.key,
    'kubelet-preferred-address-types': 'InternalIP',
    'requestheader-client-ca-file': files.frontProxyCa.certificate,
    'requestheader-allowed-names': FRONT_PROXY_CLIENT,
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': files.frontProxyClient.certificate,
    'proxy-client-key-file': files.frontProxyClient.key,
    // There is no kube-proxy: aggregated APIs are reached at their endpoints.
    'enable-aggregator-routing': true,
    profiling: false,
  };
}

function schedulerFlags({ files }: ProgramOptions): Flags {
  return { kubeconfig: files.schedulerKubeconfig, 'leader-elect': false, 'secure-port': 0, profiling: false };
}

function controllerManagerFlags({ dir, files }: ProgramOptions): Flags {
  return {
    kubeconfig: files.controllerManagerKubeconfig,
    'leader-elect': false,
    'secure-port': 0,
    profiling: false,
    'use-service-account-credentials': true,
    'service-account-private-key-file': files.tokenKey,
    'root-ca-file': files.ca.certificate,
    'cluster-signing-cert-file': files.ca.certificate,
    'cluster-signing-key-file': files.ca.key,
    // It would make one below /usr.
    'flex-volume-plugin-dir': join(dir, 'flexvolume'),
    'cert-dir': join(dir, 'pki'),
  };
}
