// Who a registry may take a pod for: the credentials in its pull secrets, and which of them fit an image. As the kubelet
// matches: a glob for each part of the host, then a prefix of the path; the most exact first.
import type { Pod } from '../../common/pod.ts';
import type { SecretContent } from './held-object.ts';
import type { PodObjects } from './pod-objects.ts';

export interface RegistryCredential {
  readonly username: string;
  readonly password: string;
  /** What some registries give in place of a password. */
  readonly identityToken: string;
}

/** A credential, and where it counts: `registry.example:5000/team`, `*.example`. */
export interface RegistryLogin extends RegistryCredential {
  readonly scope: string;
}

export type PullSecrets =
  /** Some have not been heard of yet. */
  | { readonly kind: 'awaited' }
  | {
      readonly kind: 'known';
      readonly logins: readonly RegistryLogin[];
      /** By name: those that are not there, cannot be read, or hold no credentials. */
      readonly unusable: readonly string[];
    };

export function readPullSecrets(pod: Pod, objects: Pick<PodObjects, 'secret'>): PullSecrets {
  const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
  const read = names.map((name) => ({ name, secret: objects.secret(name) }));
  if (read.some(({ secret }) => secret.kind === 'unknown' && secret.reason === undefined))
    return { kind: 'awaited' };
  const held = read.map(({ name, secret }) => ({
    name,
    logins: secret.kind === 'found' ? loginsOf(secret.value) : undefined,
  }));
  return {
    kind: 'known',
    logins: held.flatMap(({ logins }) => logins ?? []),
    unusable: held.filter(({ logins }) => logins === undefined).map(({ name }) => name),
  };
}

/** `repository`: registry and path, such as `docker.io/library/busybox`. */
export function credentialsFor(
  repository: string,
  logins: readonly RegistryLogin[],
): readonly RegistryCredential[] {
  const [registry = ''] = repository.split('/');
  const fitting = logins.filter(
    ({ scope }) => scopeFits(scope, repository) || (registry === DEFAULT_REGISTRY && scope === DEFAULT_SCOPE),
  );
  return fitting
    .sort((a, b) => b.scope.length - a.scope.length)
    .map(({ username, password, identityToken }) => ({ username, password, identityToken }));
}

const DEFAULT_REGISTRY = 'docker.io';
/** What `docker login` writes for it. */
const DEFAULT_SCOPE = 'index.docker.io';

const CONFIG_KEYS: Readonly<Record<string, string>> = {
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
  'kubernetes.io/dockercfg': '.dockercfg',
};

/** The credentials in a `.dockerconfigjson`; undefined when it is none. */
export function readDockerConfig(json: string): readonly RegistryLogin[] | undefined {
  const config = parseObject(json);
  return loginsIn(config && asObject(config['auths']));
}

/** Undefined when it holds none. */
function loginsOf({ type, data }: SecretContent): readonly RegistryLogin[] | undefined {
  const key = CONFIG_KEYS[type];
  const text = key === undefined ? '' : fromBase64(data.get(key) ?? '');
  return key === '.dockercfg' ? loginsIn(parseObject(text)) : readDockerConfig(text);
}

function loginsIn(
  entries: Readonly<Record<string, unknown>> | undefined,
): readonly RegistryLogin[] | undefined {
  if (!entries) return undefined;
  return Object.entries(entries).flatMap(([url, entry]) => {
    const credential = credentialOf(asObject(entry) ?? {});
    return credential ? [{ scope: scopeOf(url), ...credential }] : [];
  });
}

function credentialOf(entry: Readonly<Record<string, unknown>>): RegistryCredential | undefined {
  const text = (field: string) => (typeof entry[field] === 'string' ? entry[field] : '');
  const identityToken = text('identitytoken');
  const [, username = text('username'), password = text('password')] =
    /^([^:]*):(.*)$/s.exec(fromBase64(text('auth'))) ?? [];
  if (username === '' && identityToken === '') return undefined;
  return { username, password: password.replace(/\0+$/, ''), identityToken };
}

/** `https://registry.example/v1/` and `registry.example` are the same place. */
function scopeOf(url: string): string {
  return url
    .replace(/^https?:\/\//, '')
    .replace(/^([^/]*)\/v[12](?=\/)/, '$1')
    .replace(/\/+$/, '');
}

function scopeFits(scope: string, repository: string): boolean {
  const [host = '', path = ''] = splitHost(scope);
  const [imageHost = '', imagePath = ''] = splitHost(repository);
  const [parts, port] = hostParts(host);
  const [imageParts, imagePort] = hostParts(imageHost);
  return (
    port === imagePort &&
    parts.length === imageParts.length &&
    parts.every((part, index) => globFits(part, imageParts[index] ?? '')) &&
    imagePath.startsWith(path)
  );
}

function splitHost(text: string): [string, string] {
  const slash = text.indexOf('/');
  return slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash)];
}

function hostParts(host: string): [readonly string[], string] {
  const [, name = host, port = ''] = /^(.*?):(\d+)$/.exec(host) ?? [];
  return [name.split('.'), port];
}

/** `*` stands for anything, `?` for one character. Linear, whatever the pattern. */
function globFits(pattern: string, text: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  let index = 0;
  while (index < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = index;
    } else if (pattern[at] === '?' || pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

function parseObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? Object.fromEntries(Object.entries(value)) : undefined;
}
