// Gives every namespace its `default` ServiceAccount and the ConfigMap with the cluster's CA, within the write that
// creates it, so that a pod may follow at once.
import type { ControllerContext } from '../controllers.ts';

export function fillNamespaces({ objects, registry, pki }: ControllerContext): Disposable {
  return objects.storage.subscribe('namespaces.', (event) => {
    if (event.type !== 'ADDED') return;
    const namespace = event.object.metadata.name;
    objects.create(
      { resource: registry.builtin('serviceaccounts'), namespace },
      { metadata: { name: 'default' } },
    );
    objects.create(
      { resource: registry.builtin('configmaps'), namespace },
      { metadata: { name: 'kube-root-ca.crt' }, data: { 'ca.crt': pki.caCertificate } },
    );
  });
}
