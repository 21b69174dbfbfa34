// Namespaces live until their content is gone: the `kubernetes` finalizer in the spec holds them.
import { forbidden } from '../api-error.ts';
import { ensureObject } from '../json.ts';
import type { KindStrategy } from '../strategy.ts';

const PROTECTED: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

export const namespaceStrategy: KindStrategy = {
  nameRule: 'label',
  returnsDeleted: true,
  prepareForCreate(namespace) {
    namespace['spec'] = { finalizers: ['kubernetes'] };
    namespace['status'] = { phase: 'Active' };
    const labels = namespace.metadata.labels ?? {};
    namespace.metadata.labels = { ...labels, 'kubernetes.io/metadata.name': namespace.metadata.name };
  },
  parts: { finalize: { spec: (changed) => changed['spec'] } },
  prepareForUpdate(next, current) {
    next['spec'] = current['spec'];
    ensureObject(next, 'metadata');
    next.metadata.labels = { ...next.metadata.labels, 'kubernetes.io/metadata.name': next.metadata.name };
  },
  beforeDelete(namespace, { resource }) {
    if (PROTECTED.has(namespace.metadata.name)) {
      throw forbidden(resource, namespace.metadata.name, 'this namespace may not be deleted');
    }
  },
};
