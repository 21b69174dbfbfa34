// The files of one volume: their paths, contents and modes, or why there are none, in the kubelet's words. All of them
// or none: half a volume is never made.
import type { Pod } from '../../common/pod.ts';
import { downwardText, type FilesVolume, type Projection, type VolumeContext } from './files-volume.ts';
import { podMembers } from './pod-containers.ts';
import type { Lookup } from './pod-objects.ts';

export interface VolumeFile {
  readonly content: Uint8Array;
  readonly mode: number;
  /** A user other than the agent's own. */
  readonly owner?: number;
}

/** By path, relative to the volume. */
export type FileMap = ReadonlyMap<string, VolumeFile>;

export type VolumeFiles =
  | { readonly kind: 'ok'; readonly files: FileMap }
  /** They cannot be made. */
  | { readonly kind: 'problem'; readonly message: string }
  /** Not all of it has been heard of yet; `message`: what is to be said if that goes on. */
  | { readonly kind: 'unknown'; readonly message: string; readonly lasting: boolean };

export function volumeFiles(volume: FilesVolume, context: VolumeContext): VolumeFiles {
  const parts = volume.projections.flatMap((projection) => projected(projection, volume, context));
  const unheard = parts.find((part) => 'unheard' in part);
  if (unheard) return { kind: 'unknown', message: unheard.unheard, lasting: unheard.lasting };
  const files = new Map(parts.flatMap((part) => ('path' in part ? [[part.path, part.file]] : [])));
  const problems = [
    ...parts.flatMap((part) => ('problem' in part ? [part.problem] : [])),
    ...[...files.keys()].flatMap(pathProblem),
  ];
  const [problem] = problems;
  if (problem === undefined) return { kind: 'ok', files };
  return { kind: 'problem', message: problems.length === 1 ? problem : `[${problems.join(', ')}]` };
}

type Part =
  | { readonly path: string; readonly file: VolumeFile }
  | { readonly problem: string }
  | { readonly unheard: string; readonly lasting: boolean };

function projected(projection: Projection, volume: FilesVolume, context: VolumeContext): readonly Part[] {
  const { pod, objects } = context;
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection;
  if (configMap) {
    const found = heard(objects.configMap(configMap.name ?? ''), 'failed to sync configmap cache');
    if ('unheard' in found) return [found];
    const { data = [], binaryData = [] } = found.value ?? {};
    const contents = new Map([...decoded(data, 'utf8'), ...decoded(binaryData, 'base64')]);
    return keyed(contents, { ...CONFIG_MAP, wish: configMap, absent: !found.value, volume });
  }
  if (secret) {
    const found = heard(objects.secret(secret.name ?? ''), 'failed to sync secret cache');
    if ('unheard' in found) return [found];
    const contents = decoded(found.value?.data ?? [], 'base64');
    return keyed(contents, { ...SECRET, wish: secret, absent: !found.value, volume });
  }
  if (serviceAccountToken) {
    const found = heard(objects.token(serviceAccountToken), 'failed to fetch token');
    if ('unheard' in found) return [found];
    if (!found.value) return [{ problem: 'failed to fetch token: the API server has none' }];
    return [privateFile(serviceAccountToken.path, found.value.token, volume, pod)];
  }
  if (clusterTrustBundle) {
    const { path, optional, name } = clusterTrustBundle;
    const found = heard(objects.trustBundle(clusterTrustBundle), 'while getting ClusterTrustBundle');
    if ('unheard' in found) return [found];
    if (found.value === undefined && !optional) return [{ problem: bundleProblem(name) }];
    return [privateFile(path, found.value ?? '', volume, pod)];
  }
  return (downwardAPI?.items ?? []).map((item): Part => {
    const text = downwardText(item, context);
    return 'problem' in text ? text : file(item.path, Buffer.from(text.value), volume, item.mode);
  });
}

type Heard<T> = { readonly value: T | undefined } | Extract<Part, { readonly unheard: string }>;

/** Undefined: the API server has none. */
function heard<T>(lookup: Lookup<T>, unheard: string): Heard<T> {
  if (lookup.kind === 'found') return { value: lookup.value };
  if (lookup.kind === 'absent') return { value: undefined };
  const { reason } = lookup;
  const message = `${unheard}: ${reason ?? 'timed out waiting for the condition'}`;
  return { unheard: message, lasting: reason !== undefined };
}

const CONFIG_MAP = { noun: 'configmap', noKey: 'configmap references non-existent config key' };
const SECRET = { noun: 'secret', noKey: 'references non-existent secret key' };

interface KeyedWish {
  readonly noun: string;
  readonly noKey: string;
  readonly wish: NonNullable<Projection['configMap']>;
  /** The API server has no such object. */
  readonly absent: boolean;
  readonly volume: FilesVolume;
}

/** One file for each key, or for those that are asked for. */
function keyed(contents: ReadonlyMap<string, Buffer>, wish: KeyedWish): readonly Part[] {
  const { noun, noKey, absent, volume } = wish;
  const { name = '', items, optional } = wish.wish;
  if (absent && !optional) return [{ problem: `${noun} "${name}" not found` }];
  if (!items?.length) return [...contents].map(([key, content]) => file(key, content, volume));
  return items.flatMap(({ key, path, mode }): Part[] => {
    const content = contents.get(key);
    if (content) return [file(path, content, volume, mode)];
    return optional ? [] : [{ problem: `${noKey}: ${key}` }];
  });
}

function decoded(texts: Iterable<readonly [string, string]>, encoding: 'utf8' | 'base64') {
  return new Map(Array.from(texts, ([key, text]) => [key, Buffer.from(text, encoding)] as const));
}

/** A group that a volume belongs to may read all of it. */
const GROUP_READS = 0o440;
/** Of what proves who one is, where its readers have a user or a group in common. */
const PRIVATE_MODE = 0o600;

function file(path: string, content: Buffer, volume: FilesVolume, mode = volume.defaultMode): Part {
  return { path, file: { content, mode: volume.group === undefined ? mode : mode | GROUP_READS } };
}

function privateFile(path: string, text: string, volume: FilesVolume, pod: Pod): Part {
  const owner = commonUser(pod);
  const open = owner === undefined && volume.group === undefined;
  const mode = open ? volume.defaultMode : PRIVATE_MODE | (volume.group === undefined ? 0 : GROUP_READS);
  const content = Buffer.from(text);
  return { path, file: { content, mode, ...(owner === undefined ? {} : { owner }) } };
}

/** The user whom all containers are told to run as; undefined when there is none. */
function commonUser(pod: Pod): number | undefined {
  const users = podMembers(pod).map(
    ({ spec }) => spec.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser,
  );
  const [user] = users;
  return users.every((other) => other === user) ? user : undefined;
}

function bundleProblem(name: string | undefined): string {
  return name
    ? `while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io "${name}" not found`
    : 'combination of signerName and labelSelector matched zero ClusterTrustBundles';
}

const MAX_PATH = 4096;

/** Names that begin with two dots are the volume's own. */
function pathProblem(path: string): string[] {
  if (!path) return ['invalid path: must not be empty'];
  if (path.startsWith('/')) return [`invalid path: must be relative path: ${path}`];
  if (path.length > MAX_PATH) return [`invalid path: must be less than or equal to ${MAX_PATH} characters`];
  if (path.split('/').includes('..')) return [`invalid path: must not contain '..': ${path}`];
  return path.startsWith('..') ? [`invalid path: must not start with '..': ${path}`] : [];
}
