// Gives every namespace its `default` ServiceAccount and the ConfigMap with the cluster's CA, within the write that
// creates it, so that a pod may follow at once.
import type { ControllerContext } from '../controllers.ts';

const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

export function fillNamespaces({ objects, registry, pki }: ControllerContext): Disposable {
  return objects.storage.subscribe('namespaces.', (event) => {
    if (event.type !== 'ADDED') return;
    const namespace = event.object.metadata.name;
    const annotations = { 'kubernetes.io/description': DESCRIPTION };
    objects.create(
      { resource: registry.builtin('serviceaccounts'), namespace },
      { metadata: { name: 'default' } },
    );
    objects.create(
      { resource: registry.builtin('configmaps'), namespace },
      { metadata: { name: 'kube-root-ca.crt', annotations }, data: { 'ca.crt': pki.caCertificate } },
    );
  });
}
