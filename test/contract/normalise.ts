// What two servers may answer differently and still agree: identities, times, versions, addresses, secrets. Each becomes
// a placeholder that keeps what matters, which of them are the same.
import { isDeepStrictEqual } from 'node:util';
import type { Exchange } from './conversation.ts';

type Json = Record<string, unknown>;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const NUMBERED_TEXT = /resource ?version|too old|continue|rv=/i;

/** What is written anew each time, wherever it stands in a text. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, '<microtime>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>'],
  [/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g, '<token>'],
  [/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/g, '<certificate>'],
  [/\bLS0tLS1CRUdJTiB[\w+/=]+/g, '<pem>'],
  [/https?:\/\/127\.0\.0\.1:\d+/g, '<server>'],
  [/127\.0\.0\.1:\d+/g, '<address>'],
  [/10\.96\.\d+\.\d+/g, '<service-address>'],
  [/(too old resource version: )\d+ \(\d+\)/g, '$1<version>'],
  // Names that the server makes of `generateName`.
  [/\b(kube-api-access|random|Upper)-[a-z0-9]{5}\b/g, '$1-<random>'],
  [/\.[0-9a-f]{16}\b/g, '.<stamp>'],
  [/(continue=)[\w-]+/g, '$1<token>'],
  [/(resourceVersion=)\d{2,}/g, '$1<revision>'],
];

/** Words of Go's own that say no more than ours; see "Known differences" in sandbox/builtin/README.md. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  // What is wrong with text that is no JSON.
  [
    /(: )?(invalid character .*|unexpected end of JSON input|(Unexpected|Expected) .* JSON.*)( \(.*\))?/g,
    ': <not JSON>',
  ],
  [/json: cannot unmarshal (\w+) into Go value of type struct.*/g, '<no object but $1>'],
  [/yaml: [\s\S]*/g, '<not YAML>'],
  [/parsing time ".*" as ".*": cannot parse .*/g, '<no time>'],
  [/Object 'Kind' is missing in .*/g, '<no kind>'],
  // A refused patch quotes the object that it would have made, or the patch.
  [/Invalid value: "(\{|map\[).*": (json: |strict decoding |quantities must )/g, 'Invalid value: $2'],
  [
    /Invalid value: ("map\[.*": cannot restore|"map\[.*": unrecognized type|json: cannot unmarshal).*/g,
    'Invalid value: <mistyped>',
  ],
  [/(cannot be handled as a \w+): (converting .*|no kind .* is registered .*|it is another kind)/g, '$1'],
  // A refused update of a pod shows the difference of the two as Go would write them.
  [/(previously negative\)\n)[\s\S]+/g, '$1'],
  // Where etcd keeps it.
  [/StorageError: invalid object, Code: 4, Key: [^,]+, ResourceVersion: 0, AdditionalErrorMsg: /g, ''],
];

/** Such as `5m`, `2d3h ago`, and the end of `3 (327d ago)`. */
const AGE = /(?<=^|\()(\d+[smhdy])+(?=$| ago\)?$)/;

/** Kept across the exchanges of one conversation, so that the same identity has the same placeholder everywhere. */
export function normalise(exchanges: readonly Exchange[]): unknown[] {
  const uids = new Numbering('uid');
  const versions = new Numbering('version');
  const text = (value: string) => {
    let shown = value.replace(UUID, (uid) => uids.of(uid));
    for (const [pattern, placeholder] of [...VOLATILE, ...WORDS])
      shown = shown.replaceAll(pattern, placeholder);
    return NUMBERED_TEXT.test(shown)
      ? shown.replace(/\b\d{2,20}\b/g, (digits) => versions.known(digits) ?? '<revision>')
      : shown;
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (!isJson(value)) return value;
    return Object.fromEntries(entriesOf(value, versions).map(([key, item]) => [text(key), walk(item)]));
  };
  return exchanges.map(({ request, status, headers, events, body }) => ({
    request: walk(request),
    status,
    headers: walk(headers),
    events: walk(events),
    body: walk(body),
  }));
}

/** Who wrote which field, and what a table's column means: see "Known differences". */
const UNCOMPARED: ReadonlySet<string> = new Set(['managedFields']);

/** The fields in their alphabetical order, without those that are not compared. */
function entriesOf(object: Json, versions: Numbering): [string, unknown][] {
  const shown = isTable(object) ? withoutAges(object) : object;
  return Object.entries(shown)
    .filter(([key, value]) => !UNCOMPARED.has(key) && value !== undefined)
    .map(([key, value]): [string, unknown] => {
      if (key === 'resourceVersion' && isVersion(value)) return [key, versions.of(value)];
      if (key === 'continue' && typeof value === 'string' && value !== '') return [key, '<continue>'];
      // The real server looks at some things twice, and says so twice.
      if (key === 'causes' && Array.isArray(value)) return [key, distinct(value)];
      if (key === 'metadata' && isCollective(object) && isJson(value)) return [key, listMetadata(value)];
      return [key, value];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function distinct(values: readonly unknown[]): unknown[] {
  return values.filter(
    (value, index) => index === values.findIndex((other) => isDeepStrictEqual(other, value)),
  );
}

/** A list's version is that of the whole store, which others write to as well. */
function listMetadata(metadata: Json): Json {
  const { resourceVersion } = metadata;
  return isVersion(resourceVersion) ? { ...metadata, resourceVersion: '<revision>' } : metadata;
}

/** Lists, tables of lists, and bookmarks, which have a version and no name. */
function isCollective(object: Json): boolean {
  return (
    Array.isArray(object['items']) ||
    'rows' in object ||
    !isJson(object['metadata']) ||
    !('name' in object['metadata'])
  );
}

function isTable(object: Json): boolean {
  return object['kind'] === 'Table' && Array.isArray(object['rows']);
}

function withoutAges(table: Json): Json {
  const columns = Array.isArray(table['columnDefinitions']) ? table['columnDefinitions'] : [];
  const rows = Array.isArray(table['rows']) ? table['rows'] : [];
  return {
    ...table,
    // What a column means is said in other words; no client shows it.
    columnDefinitions: columns.map(({ description: _, ...column }) => column),
    rows: rows.map((row) => ({
      ...row,
      cells: row.cells.map((cell: unknown) => (typeof cell === 'string' ? cell.replace(AGE, '<age>') : cell)),
    })),
  };
}

function isVersion(value: unknown): value is string {
  return typeof value === 'string' && /^\d{2,20}$/.test(value);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Placeholders in the order of first sight. */
class Numbering {
  readonly #word: string;
  readonly #seen = new Map<string, string>();

  constructor(word: string) {
    this.#word = word;
  }

  of(value: string): string {
    const known = this.#seen.get(value);
    if (known !== undefined) return known;
    const placeholder = `<${this.#word} ${this.#seen.size + 1}>`;
    this.#seen.set(value, placeholder);
    return placeholder;
  }

  known(value: string): string | undefined {
    return this.#seen.get(value);
  }
}
