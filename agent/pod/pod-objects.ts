// The objects a pod refers to, as far as this machine has heard of them. Three answers: it is so; the API server has no
// such object; nobody has said yet. The last is no reason to do or undo anything.
import type { Pod } from '../../common/pod.ts';
import {
  type BundleSource,
  bundlesReference,
  type Reference,
  referenceKey,
  runtimeClassReference,
  servicesReference,
  type TokenSource,
  tokenReference,
} from '../../common/pod-references.ts';
import type { Content, Contents, HeldObject } from './held-object.ts';

export type Lookup<T> =
  /** The same revision has the same value. */
  | { readonly kind: 'found'; readonly value: T; readonly revision: string }
  /** The API server has none. */
  | { readonly kind: 'absent' }
  /** Not heard of yet: wait. `reason`: what keeps the controller from knowing, for people. */
  | { readonly kind: 'unknown'; readonly reason?: string };

/** Names are of the pod's own namespace. */
export interface PodObjects {
  configMap(name: string): Lookup<Contents['configmaps']>;
  secret(name: string): Lookup<Contents['secrets']>;
  /** Kept fresh by the controller: a newer token is another revision. */
  token(source: TokenSource): Lookup<Contents['tokens']>;
  /** As the pod's enableServiceLinks wants them. */
  serviceVariables(): Lookup<Contents['services']>;
  /** Absent: no bundle matches. */
  trustBundle(source: BundleSource): Lookup<Contents['clustertrustbundles']>;
  claim(name: string): Lookup<Contents['persistentvolumeclaims']>;
  runtimeClass(name: string): Lookup<Contents['runtimeclasses']>;
}

/** `held`: what this machine knows under a key. */
export function podObjects(pod: Pod, held: (key: string) => HeldObject | undefined): PodObjects {
  const { namespace } = pod.metadata;
  const look = <T>(reference: Reference, read: (content: Content) => T | undefined): Lookup<T> => {
    const object = held(referenceKey(reference));
    if (object?.kind !== 'found') return object ?? UNKNOWN;
    const value = read(object.content);
    return value === undefined ? UNKNOWN : { kind: 'found', value, revision: object.revision };
  };
  return {
    configMap: (name) =>
      name
        ? look({ kind: 'configmaps', namespace, name }, ({ kind, value }) =>
            kind === 'configmaps' ? value : undefined,
          )
        : ABSENT,
    secret: (name) =>
      name
        ? look({ kind: 'secrets', namespace, name }, ({ kind, value }) =>
            kind === 'secrets' ? value : undefined,
          )
        : ABSENT,
    token: (source) =>
      look(tokenReference(pod, source), ({ kind, value }) => (kind === 'tokens' ? value : undefined)),
    serviceVariables: () =>
      look(servicesReference(pod), ({ kind, value }) => (kind === 'services' ? value : undefined)),
    trustBundle: (source) =>
      look(bundlesReference(source), ({ kind, value }) =>
        kind === 'clustertrustbundles' ? value : undefined,
      ),
    claim: (name) =>
      look({ kind: 'persistentvolumeclaims', namespace, name }, ({ kind, value }) =>
        kind === 'persistentvolumeclaims' ? value : undefined,
      ),
    runtimeClass: (name) =>
      look(runtimeClassReference(name), ({ kind, value }) => (kind === 'runtimeclasses' ? value : undefined)),
  };
}

const UNKNOWN = { kind: 'unknown' } as const;
/** An object without a name. */
const ABSENT = { kind: 'absent' } as const;
