// What of the API a pod refers to, and the key by which each is known on the wire and on an agent's disk. The controller
// follows and sends exactly these; the agent looks them up by the same keys.
import type { Pod } from './pod.ts';
import { podClaims } from './pod-claims.ts';

export type Reference =
  | { readonly kind: 'configmaps' | 'secrets'; readonly namespace: string; readonly name: string }
  | ClaimReference
  /** The variables of a namespace's Services; of the cluster's own alone when it is undefined. */
  | { readonly kind: 'services'; readonly namespace: string | undefined }
  | TokenReference
  | RuntimeClassReference
  | { readonly kind: 'clustertrustbundles'; readonly bundles: BundleChoice };

/** With the volume that it is bound to. */
export interface ClaimReference {
  readonly kind: 'persistentvolumeclaims';
  readonly namespace: string;
  readonly name: string;
}

/** It is of no namespace. */
export interface RuntimeClassReference {
  readonly kind: 'runtimeclasses';
  readonly name: string;
}

/** A token of the pod's ServiceAccount, bound to the pod. */
export interface TokenReference {
  readonly kind: 'tokens';
  readonly namespace: string;
  readonly pod: { readonly name: string; readonly uid: string };
  readonly serviceAccount: string;
  /** Empty: the API server itself. */
  readonly audience: string;
  readonly expirationSeconds: number;
}

/** One bundle by name, or all of a signer whose labels match. */
export type BundleChoice =
  | { readonly name: string }
  | { readonly signerName: string; readonly labelSelector: LabelSelector };

/** As in the API: undefined selects nothing, an empty one everything. */
export type LabelSelector = NonNullable<BundleSource['labelSelector']> | undefined;

type Volume = NonNullable<Pod['spec']['volumes']>[number];
type ProjectedSource = NonNullable<NonNullable<Volume['projected']>['sources']>[number];
type Container = Pod['spec']['containers'][number];
type EnvSource = NonNullable<Container['envFrom']>[number];
type EnvValue = NonNullable<Container['env']>[number];
export type BundleSource = Omit<NonNullable<ProjectedSource['clusterTrustBundle']>, 'path'>;
export type TokenSource = Omit<NonNullable<ProjectedSource['serviceAccountToken']>, 'path'>;

/** Far more than any pod needs; one that refers to more is not run. */
export const MAX_REFERENCES = 500;

const DEFAULT_TOKEN_SECONDS = 3600;

/** By key. */
export type References = ReadonlyMap<string, Reference>;

export function podReferences(pod: Pod): References {
  const { spec } = pod;
  const containers: readonly Pick<Container, 'env' | 'envFrom'>[] = [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
  const named = [
    ...containers.flatMap((container) => [
      ...(container.envFrom ?? []).flatMap(ofEnvSource),
      ...(container.env ?? []).flatMap(ofEnvValue),
    ]),
    ...(spec.volumes ?? []).flatMap(ofVolume),
    ...(spec.imagePullSecrets ?? []).map(({ name }) => ({ kind: 'secrets' as const, name })),
  ];
  const { namespace } = pod.metadata;
  const references: Reference[] = [
    ...named.flatMap(({ kind, name }) => (name ? [{ kind, namespace, name }] : [])),
    servicesReference(pod),
    ...(spec.runtimeClassName ? [runtimeClassReference(spec.runtimeClassName)] : []),
    ...podClaims(pod).map(({ claim }) => claimReference(pod, claim)),
    ...(spec.volumes ?? []).flatMap((volume) =>
      (volume.projected?.sources ?? []).flatMap((source) => ofProjectedSource(pod, source)),
    ),
  ];
  return new Map(references.map((reference) => [referenceKey(reference), reference]));
}

/** Parts that may hold anything come last, so that no two references share a key. */
export function referenceKey(reference: Reference): string {
  switch (reference.kind) {
    case 'configmaps':
    case 'secrets':
    case 'persistentvolumeclaims':
      return `${reference.kind}/${reference.namespace}/${reference.name}`;
    case 'runtimeclasses':
      return `runtimeclasses/${reference.name}`;
    case 'services':
      return `services/${reference.namespace ?? ''}`;
    case 'tokens':
      return `tokens/${reference.pod.uid}/${reference.expirationSeconds}/${reference.audience}`;
    case 'clustertrustbundles': {
      const { bundles } = reference;
      if ('name' in bundles) return `clustertrustbundles/name/${bundles.name}`;
      return `clustertrustbundles/signer/${bundles.signerName}/${canonicalSelector(bundles.labelSelector)}`;
    }
    default:
      return reference satisfies never;
  }
}

export function servicesReference({ metadata, spec }: Pod): Reference {
  return { kind: 'services', namespace: spec.enableServiceLinks === false ? undefined : metadata.namespace };
}

export function tokenReference({ metadata, spec }: Pod, source: TokenSource): TokenReference {
  const { name, namespace, uid } = metadata;
  return {
    kind: 'tokens',
    namespace,
    pod: { name, uid },
    serviceAccount: spec.serviceAccountName || 'default',
    audience: source.audience ?? '',
    expirationSeconds: source.expirationSeconds ?? DEFAULT_TOKEN_SECONDS,
  };
}

export function claimReference({ metadata }: Pod, name: string): ClaimReference {
  return { kind: 'persistentvolumeclaims', namespace: metadata.namespace, name };
}

export function runtimeClassReference(name: string): RuntimeClassReference {
  return { kind: 'runtimeclasses', name };
}

export function bundlesReference(source: BundleSource): Reference {
  const { name, signerName = '', labelSelector } = source;
  return { kind: 'clustertrustbundles', bundles: name ? { name } : { signerName, labelSelector } };
}

interface Named {
  readonly kind: 'configmaps' | 'secrets';
  readonly name: string | undefined;
}

function ofEnvSource({ configMapRef, secretRef }: EnvSource): Named[] {
  return [...configMap(configMapRef?.name), ...secret(secretRef?.name)];
}

function ofEnvValue({ valueFrom }: EnvValue): Named[] {
  return [...configMap(valueFrom?.configMapKeyRef?.name), ...secret(valueFrom?.secretKeyRef?.name)];
}

function ofVolume(volume: Volume): Named[] {
  const projected = volume.projected?.sources ?? [];
  return [
    ...configMap(volume.configMap?.name),
    ...secret(volume.secret?.secretName),
    ...projected.flatMap((source) => [...configMap(source.configMap?.name), ...secret(source.secret?.name)]),
  ];
}

function ofProjectedSource(pod: Pod, source: ProjectedSource): Reference[] {
  const { serviceAccountToken, clusterTrustBundle } = source;
  return [
    ...(serviceAccountToken ? [tokenReference(pod, serviceAccountToken)] : []),
    ...(clusterTrustBundle ? [bundlesReference(clusterTrustBundle)] : []),
  ];
}

function configMap(name: string | undefined): Named[] {
  return name ? [{ kind: 'configmaps', name }] : [];
}

function secret(name: string | undefined): Named[] {
  return name ? [{ kind: 'secrets', name }] : [];
}

/** The same text for the same selection as the API writes it. */
function canonicalSelector(selector: LabelSelector): string {
  if (!selector) return '';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([labels, selector.matchExpressions ?? []]);
}
