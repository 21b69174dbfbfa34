// Volumes whose files come from the cluster: configMap, secret, downwardAPI, and projected, which brings them together.
// All of them are seen as projections of the same kind. What the files are is in volume-files.ts.
import type { PersistentVolume } from '../../common/claim.ts';
import type { Pod } from '../../common/pod.ts';
import { type Downward, fieldValue, type Machine, resourceValue } from './downward.ts';
import { goQuote } from './go-quote.ts';
import type { Lookup, PodObjects } from './pod-objects.ts';
import type { Volume } from './pod-volume.ts';

export interface FilesVolume {
  readonly kind: 'files';
  readonly name: string;
  /** It may hold what must not reach a disk. */
  readonly inMemory: boolean;
  /** Whom it belongs to (fsGroup). */
  readonly group: number | undefined;
  readonly defaultMode: number;
  readonly projections: readonly Projection[];
  /** Of what they say: another one means other files. */
  readonly revision: string;
}

export type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];
type DownwardItem = NonNullable<NonNullable<Projection['downwardAPI']>['items']>[number];

export interface VolumeContext {
  readonly pod: Pod;
  readonly objects: PodObjects;
  readonly machine: Machine;
  /** What the pod's claims were when its volumes were set up. */
  readonly claims?: HeldClaims | undefined;
}

/** By the claim's name. */
export type HeldClaims = Readonly<Record<string, PersistentVolume>>;

/** Undefined for a volume of another kind. */
export function filesVolume(volume: Volume, context: VolumeContext): FilesVolume | undefined {
  const { name, configMap, secret, downwardAPI, projected } = volume;
  const source = configMap ?? secret ?? downwardAPI ?? projected;
  if (!source) return undefined;
  const projections = projectionsOf(volume);
  return {
    kind: 'files',
    name,
    inMemory: !configMap,
    group: context.pod.spec.securityContext?.fsGroup ?? undefined,
    defaultMode: source.defaultMode ?? 0o644,
    projections,
    revision: JSON.stringify(projections.map((projection) => revisionOf(projection, context))),
  };
}

function projectionsOf({ configMap, secret, downwardAPI, projected }: Volume): readonly Projection[] {
  if (configMap) return [{ configMap }];
  if (secret)
    return [{ secret: { name: secret.secretName, items: secret.items, optional: secret.optional } }];
  return downwardAPI ? [{ downwardAPI }] : (projected?.sources ?? []);
}

function revisionOf(projection: Projection, context: VolumeContext): unknown {
  const { objects } = context;
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection;
  if (configMap) return lookupRevision(objects.configMap(configMap.name ?? ''));
  if (secret) return lookupRevision(objects.secret(secret.name ?? ''));
  if (serviceAccountToken) return lookupRevision(objects.token(serviceAccountToken));
  if (clusterTrustBundle) return lookupRevision(objects.trustBundle(clusterTrustBundle));
  return (downwardAPI?.items ?? []).map((item) => downwardText(item, context));
}

function lookupRevision(lookup: Lookup<unknown>): string {
  return lookup.kind === 'found' ? `found ${lookup.revision}` : `${lookup.kind} ${reasonOf(lookup)}`;
}

export function reasonOf(lookup: Lookup<unknown>): string {
  return lookup.kind === 'unknown' ? (lookup.reason ?? '') : '';
}

/** What one file of the downward API says. */
export function downwardText(item: DownwardItem, { pod, machine }: VolumeContext): Downward {
  const { fieldRef, resourceFieldRef } = item;
  if (fieldRef?.fieldPath === 'metadata.labels') return { value: mapText(pod.metadata.labels) };
  if (fieldRef?.fieldPath === 'metadata.annotations') return { value: mapText(pod.metadata.annotations) };
  if (fieldRef) return fieldValue(fieldRef.fieldPath, pod, { ...NOWHERE, machine });
  const [own] = pod.spec.containers;
  if (resourceFieldRef && own) return resourceValue(resourceFieldRef, own, pod, machine);
  return { problem: `no source for the file ${item.path}` };
}

/** The API lets a volume ask for nothing that depends on the place. */
const NOWHERE = { nodeName: '', hostIps: [], podIps: [] };

function mapText(map: Readonly<Record<string, string>> = {}): string {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${goQuote(value)}`).join('\n');
}
