// Image references as people write them (`busybox`, `localhost:5000/a/b:1`, `a/b@sha256:…`), made whole the way Docker
// and the kubelet do: registry docker.io, its `library/` for single names, the tag `latest`.

export interface ImageReference {
  /** `docker.io`, `registry.example:5000` … */
  readonly registry: string;
  /** `library/busybox`. */
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:…`; decides alone what is pulled when it is there. */
  readonly digest: string | undefined;
}

export const DEFAULT_REGISTRY = 'docker.io';

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const REGISTRY =
  /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(?::\d{1,5})?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$|^sha512:[0-9a-f]{128}$/;
const IMAGE_ID = /^[0-9a-f]{64}$/;
const MAX_NAME = 255;

/** Undefined when the text is no reference. */
export function parseImageReference(text: string): ImageReference | undefined {
  if (text.length > MAX_NAME + 300 || IMAGE_ID.test(text)) return undefined;
  const [rest, digest] = splitOnce(text, text.indexOf('@'));
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;

  const [name, tag] = splitOnce(rest, tagColon(rest));
  if (tag !== undefined && !TAG.test(tag)) return undefined;

  const { registry, path } = splitRegistry(name);
  if (!REGISTRY.test(registry) || !path.split('/').every((part) => COMPONENT.test(part))) return undefined;
  if (registry.length + 1 + path.length > MAX_NAME) return undefined;
  return { registry, path, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
}

/** `registry/path`, without tag or digest. */
export function repositoryName(reference: ImageReference): string {
  return `${reference.registry}/${reference.path}`;
}

/** The one name that stands for what would be pulled. */
export function canonicalName(reference: ImageReference): string {
  const name = repositoryName(reference);
  return reference.digest === undefined ? `${name}:${reference.tag}` : `${name}@${reference.digest}`;
}

/** The same of a text; one that is no reference stands for itself. */
export function wholeName(text: string): string {
  const reference = parseImageReference(text);
  return reference ? canonicalName(reference) : text;
}

function splitOnce(text: string, at: number): [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** A colon after the last slash starts a tag; one before it belongs to the registry's port. */
function tagColon(name: string): number {
  return name.indexOf(':', name.lastIndexOf('/') + 1);
}

/** The first component is a registry when it cannot be a path: it has a dot, a port or capitals, or is localhost. */
function splitRegistry(name: string): { registry: string; path: string } {
  const [first, rest] = splitOnce(name, name.indexOf('/'));
  const namesRegistry = rest !== undefined && (/[.:A-Z]/.test(first) || first === 'localhost');
  const registry = namesRegistry ? first : DEFAULT_REGISTRY;
  const path = namesRegistry ? rest : name;
  if (registry !== DEFAULT_REGISTRY && registry !== 'index.docker.io') return { registry, path };
  return { registry: DEFAULT_REGISTRY, path: path.includes('/') ? path : `library/${path}` };
}
