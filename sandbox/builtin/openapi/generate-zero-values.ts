// Writes zero-values.json: what Go's encoder does with the empty values of the API types in models.json, read from the
// types' Go sources of the pinned release. Needs what `npm run control-plane:build` downloads; run it after the release
// changes: `node sandbox/builtin/openapi/generate-zero-values.ts`.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_VERSION } from '../../real/version.ts';
import { type Model, readModels } from './models.ts';
import type { ZeroValues } from './zero-values.ts';

const modules = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim();
const staging = KUBERNETES_VERSION.replace(/^v1/, 'v0');

interface GoField {
  readonly json: string;
  readonly type: string;
  readonly omitted: boolean;
}

/** One package's types: structs with their fields, and what its other names stand for. */
interface GoPackage {
  readonly structs: ReadonlyMap<string, readonly GoField[]>;
  readonly names: ReadonlyMap<string, string>;
}

const packages = new Map<string, GoPackage>();

function packageOf(folder: string): GoPackage {
  const known = packages.get(folder);
  if (known) return known;
  const structs = new Map<string, GoField[]>();
  const names = new Map<string, string>();
  const files = readdirSync(folder).filter((file) => /types.*\.go$/.test(file) && !file.includes('test'));
  for (const file of files) {
    const source = readFileSync(join(folder, file), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '');
    for (const [, name = '', body = ''] of source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm))
      structs.set(name, fieldsOf(body));
    for (const [, name = '', type = ''] of source.matchAll(/^type (\w+) ((?:\[\]|map\[)?[\w.\][]+)$/gm))
      names.set(name, type);
  }
  const found = { structs, names };
  packages.set(folder, found);
  return found;
}

/** Fields with a JSON name; those of an embedded struct are marked by an empty one. */
function fieldsOf(body: string): GoField[] {
  return body.split('\n').flatMap((line) => {
    const match = /^\s*(?:\w+\s+)?(\S+)\s+`json:"([^"]*)"/.exec(line);
    if (!match) return [];
    const [json = '', ...options] = (match[2] ?? '').split(',');
    if (json === '-') return [];
    return [{ json, type: match[1] ?? '', omitted: options.includes('omitempty') }];
  });
}

/** Where the Go package of a model lies: `io.k8s.api.core.v1.Pod` in k8s.io/api/core/v1. */
function folderOf(model: Model): string {
  const [, , ...path] = model.name.split('.');
  const [module = '', ...rest] = path.slice(0, -1);
  const folder = join(modules, 'k8s.io', `${module}@${staging}`, ...rest);
  if (!existsSync(folder)) throw new Error(`${folder} is not there: run npm run control-plane:build first`);
  return folder;
}

function flatFields(go: GoPackage, struct: string): readonly GoField[] {
  return (go.structs.get(struct) ?? []).flatMap((field) =>
    field.json === '' && go.structs.has(field.type) ? flatFields(go, field.type) : [field],
  );
}

function zeroValues(model: Model): ZeroValues {
  const go = packageOf(folderOf(model));
  const fields = flatFields(go, model.name.slice(model.name.lastIndexOf('.') + 1));
  const byName = new Map(fields.map((field) => [field.json, field]));
  const kept: string[] = [];
  const shown: Record<string, unknown> = {};
  for (const name of Object.keys(model.fields)) {
    const field = byName.get(name);
    if (!field || name === 'metadata' || name === 'kind' || name === 'apiVersion') continue;
    const zero = zeroOf(go, field.type);
    if (!field.omitted || isStruct(zero, field.type)) shown[name] = zero;
    else if (field.type.startsWith('*')) kept.push(name);
  }
  return {
    ...(kept.length > 0 && { kept }),
    ...(Object.keys(shown).length > 0 && { shown }),
  };
}

/** Go's encoder omits no struct, whatever its tag says; times and quantities are structs that look like scalars. */
function isStruct(zero: unknown, type: string): boolean {
  return isEmptyObject(zero) || /^(metav1\.(Micro)?Time|resource\.Quantity)$/.test(type);
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** What Go writes for a variable of the type that nobody has set. */
function zeroOf(go: GoPackage, type: string): unknown {
  const plain = go.names.get(type) ?? type;
  if (/^(\*|\[\]|map\[)/.test(plain)) return null;
  if (go.structs.has(plain)) return {};
  switch (plain) {
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'intstr.IntOrString':
      return 0;
    case 'resource.Quantity':
      return '0';
    case 'metav1.Time':
    case 'metav1.MicroTime':
    case 'runtime.RawExtension':
      return null;
    case 'metav1.ObjectMeta':
    case 'metav1.LabelSelector':
    case 'v1.ObjectReference':
    case 'corev1.ObjectReference':
    case 'v1.NodeSelector':
      return {};
    default:
      return '';
  }
}

const table = Object.fromEntries(
  Object.entries(readModels())
    .map(([type, model]) => [type, zeroValues(model)] as const)
    .filter(([, values]) => values.kept !== undefined || values.shown !== undefined),
);
writeFileSync(new URL('zero-values.json', import.meta.url), `${JSON.stringify(table, null, 2)}\n`);
