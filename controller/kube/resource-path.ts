// Paths of the API, every name escaped, so that no name can become another path.
import { LongshoreError } from '../../common/errors.ts';

/** Without a name: all pods of the namespace. */
export function podPath(
  pod: { readonly namespace: string; readonly name?: string },
  subresource?: string,
): string {
  return namespaced({ version: 'v1', resource: 'pods', ...pod, subresource });
}

/** Without a namespace: of all namespaces. */
export function eventPath(namespace?: string): string {
  return namespace === undefined
    ? '/api/v1/events'
    : namespaced({ version: 'v1', resource: 'events', namespace });
}

export function nodePath(name?: string, subresource?: string): string {
  return join('/api/v1/nodes', name, subresource);
}

export function leasePath(namespace: string, name?: string): string {
  return namespaced({ version: 'coordination.k8s.io/v1', resource: 'leases', namespace, name });
}

export function agentPath(name?: string, subresource?: string): string {
  return join('/apis/longshore.dev/v1alpha1/agents', name, subresource);
}

export function persistentVolumePath(name: string): string {
  return join('/api/v1/persistentvolumes', name);
}

export const RUNTIME_CLASSES = '/apis/node.k8s.io/v1/runtimeclasses';

/** Of a CertificateSigningRequest. */
export function requestPath(name?: string, subresource?: string): string {
  return join('/apis/certificates.k8s.io/v1/certificatesigningrequests', name, subresource);
}

/** A resource of the core group in a namespace. */
export function corePath(path: {
  readonly namespace: string;
  readonly resource:
    | 'secrets'
    | 'configmaps'
    | 'events'
    | 'serviceaccounts'
    | 'services'
    | 'persistentvolumeclaims';
  readonly name?: string;
  readonly subresource?: string;
}): string {
  return namespaced({ version: 'v1', ...path });
}

interface NamespacedPath {
  /** `v1`, or `<group>/<version>`. */
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

function namespaced({ version, namespace, resource, name, subresource }: NamespacedPath): string {
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  return join(`${root}/namespaces/${segment(namespace)}/${resource}`, name, subresource);
}

function join(collection: string, name?: string, subresource?: string): string {
  const object = name === undefined ? collection : `${collection}/${segment(name)}`;
  return subresource === undefined ? object : `${object}/${subresource}`;
}

function segment(name: string): string {
  // A URL drops dot segments even when they are escaped.
  if (name === '' || name === '.' || name === '..')
    throw new LongshoreError('invalid', `'${name}' is not a name`);
  return encodeURIComponent(name);
}
