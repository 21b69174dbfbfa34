// Every key and certificate of a real control plane, as files for its programs' flags. Three authorities, because each
// opens another door: the cluster's (users and nodes), the front proxy's (who may speak for a user), and etcd's.
import { createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import { kubeconfigText } from '../builtin/kubeconfig.ts';
import { type Issue, openPki, type Pki, writeFile } from '../builtin/pki.ts';

export interface CertificateFiles {
  readonly ca: PairFiles;
  /** Signs ServiceAccount tokens, and the public half that checks them. */
  readonly tokenKey: string;
  readonly tokenPublicKey: string;
  readonly serving: PairFiles;
  readonly kubeletClient: PairFiles;
  readonly frontProxyCa: PairFiles;
  readonly frontProxyClient: PairFiles;
  readonly etcdCa: PairFiles;
  readonly etcdServer: PairFiles;
  readonly etcdClient: PairFiles;
  readonly schedulerKubeconfig: string;
  readonly controllerManagerKubeconfig: string;
  readonly adminKubeconfig: string;
}

export interface PairFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The API server's name when it calls a kubelet. */
export const KUBELET_CLIENT = 'kube-apiserver-kubelet-client';

const DAYS = 3650;

/** Authorities found in `dir` are used again; all that they sign is new. */
export async function writeCertificates(
  dir: string,
  options: { readonly url: string; readonly hosts: readonly string[]; readonly now: () => number },
): Promise<CertificateFiles> {
  const folder = (name: string) => join(dir, 'pki', name);
  const cluster = await openPki(folder('.'), options.now);
  const frontProxy = await openPki(folder('front-proxy'), options.now, 'longshore-sandbox-front-proxy-ca');
  const etcd = await openPki(folder('etcd'), options.now, 'longshore-sandbox-etcd-ca');
  const write = async (pki: Pki, name: string, request: Omit<Issue, 'days'>): Promise<PairFiles> => {
    const pair = await pki.issue({ ...request, days: DAYS });
    const files = { certificate: folder(`${name}.crt`), key: folder(`${name}.key`) };
    writeFile(files.key, pair.key);
    writeFile(files.certificate, pair.certificate);
    return files;
  };
  const kubeconfig = async (file: string, commonName: string, organizations: string[] = []) => {
    const client = await cluster.issue({ commonName, organizations, usage: 'client', days: DAYS });
    writeFile(
      file,
      kubeconfigText({ url: options.url, caCertificate: cluster.caCertificate, admin: client }),
    );
    return file;
  };
  const tokenPublicKey = folder('sa.pub');
  writeFile(
    tokenPublicKey,
    String(createPublicKey(cluster.tokenKey).export({ type: 'spki', format: 'pem' })),
  );
  const client = (commonName: string) => ({ commonName, usage: 'client' as const });
  const addresses = [...new Set(['127.0.0.1', '::1', ...options.hosts])];
  return {
    ca: { certificate: folder('ca.crt'), key: folder('ca.key') },
    tokenKey: folder('sa.key'),
    tokenPublicKey,
    serving: await write(cluster, 'apiserver', {
      commonName: 'kube-apiserver',
      usage: 'server',
      dnsNames: API_NAMES,
      addresses: [...addresses, FIRST_SERVICE_ADDRESS],
    }),
    kubeletClient: await write(cluster, 'kubelet-client', client(KUBELET_CLIENT)),
    frontProxyCa: { certificate: folder('front-proxy/ca.crt'), key: folder('front-proxy/ca.key') },
    frontProxyClient: await write(frontProxy, 'front-proxy/client', client(FRONT_PROXY_CLIENT)),
    etcdCa: { certificate: folder('etcd/ca.crt'), key: folder('etcd/ca.key') },
    etcdServer: await write(etcd, 'etcd/server', { commonName: 'etcd', usage: 'server', addresses }),
    etcdClient: await write(etcd, 'etcd/client', client('kube-apiserver-etcd-client')),
    schedulerKubeconfig: await kubeconfig(folder('scheduler.kubeconfig'), 'system:kube-scheduler'),
    controllerManagerKubeconfig: await kubeconfig(
      folder('controller-manager.kubeconfig'),
      'system:kube-controller-manager',
    ),
    adminKubeconfig: await kubeconfig(join(dir, 'kubeconfig'), 'kubernetes-admin', ['system:masters']),
  };
}

export const FRONT_PROXY_CLIENT = 'front-proxy-client';

/** The `kubernetes` Service always has the first address of this range. */
export const SERVICE_RANGE = '10.96.0.0/16';
const FIRST_SERVICE_ADDRESS = '10.96.0.1';

const API_NAMES = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];
