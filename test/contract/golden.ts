// The golden files: what the real server answered to each scenario, normalised, one YAML document per exchange. Written
// by `UPDATE_GOLDEN=1`, never by hand.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';

const folder = join(import.meta.dirname, 'golden');
const fileOf = (name: string) => join(folder, `${name}.yaml`);

export function goldenNames(): string[] {
  return readdirSync(folder).map((file) => file.replace(/\.yaml$/, ''));
}

export function writeGolden(name: string, exchanges: readonly unknown[], version: string): void {
  mkdirSync(folder, { recursive: true });
  const documents = exchanges.map((exchange) =>
    stringify(exchange, { lineWidth: 0, aliasDuplicateObjects: false }),
  );
  writeFileSync(fileOf(name), `# ${headline(version)}\n---\n${documents.join('---\n')}`);
}

export function readGolden(name: string, version: string): unknown[] {
  const file = fileOf(name);
  if (!existsSync(file)) throw new Error(`there is no ${file}: write it with UPDATE_GOLDEN=1`);
  const text = readFileSync(file, 'utf8');
  if (!text.startsWith(`# ${headline(version)}\n`))
    throw new Error(
      `${file} is of another Kubernetes release than ${version}: write it with UPDATE_GOLDEN=1`,
    );
  return parseAllDocuments(text).map((document) => document.toJS());
}

const headline = (version: string) => `What kube-apiserver ${version} answered; written by UPDATE_GOLDEN=1.`;

/** One line per place where the two differ; none when they agree. */
export function differences(golden: readonly unknown[], seen: readonly unknown[]): string[] {
  const lines: string[] = [];
  for (let index = 0; index < Math.max(golden.length, seen.length); index++) {
    const [expected, actual] = [golden[index], seen[index]];
    const found = compare('', expected, plain(actual));
    if (found.length === 0) continue;
    const { request } = (expected ?? actual) as { request: string };
    lines.push(`${index + 1}. ${request.replaceAll('\n', ', ')}`, ...found.map((line) => `     ${line}`));
  }
  return lines;
}

/** As it would come back from the file. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function compare(path: string, expected: unknown, actual: unknown): string[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const length = Math.max(expected.length, actual.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      compare(`${path}[${index}]`, expected[index], actual[index]),
    );
  }
  if (isObject(expected) && isObject(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
    return keys.flatMap((key) => compare(path === '' ? key : `${path}.${key}`, expected[key], actual[key]));
  }
  return [`${path}: golden ${show(expected)}, got ${show(actual)}`];
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
