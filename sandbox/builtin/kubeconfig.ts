// The administrator's kubeconfig, with everything inside it so that it can be copied.
import type { KeyedCertificate } from './pki.ts';

export interface KubeconfigOptions {
  readonly url: string;
  readonly caCertificate: string;
  readonly admin: KeyedCertificate;
}

export function kubeconfigText({ url, caCertificate, admin }: KubeconfigOptions): string {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  return `apiVersion: v1
kind: Config
clusters:
  - name: longshore-sandbox
    cluster:
      server: ${url}
      certificate-authority-data: ${encode(caCertificate)}
users:
  - name: longshore-sandbox-admin
    user:
      client-certificate-data: ${encode(admin.certificate)}
      client-key-data: ${encode(admin.key)}
contexts:
  - name: longshore-sandbox
    context:
      cluster: longshore-sandbox
      user: longshore-sandbox-admin
current-context: longshore-sandbox
`;
}
