// The part of kubectl's JSONPath that printer columns use: fields, quoted fields, indexes, `[*]`, and filters such as
// `[?(@.type=="Ready")]`. Parsing throws `invalid`; looking something up never does.
import { LongshoreError } from '../../../common/errors.ts';
import { isObject } from '../json.ts';

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | {
      readonly kind: 'filter';
      readonly path: readonly Step[];
      readonly operator: string;
      readonly value: unknown;
    };

export type JsonPath = readonly Step[];

const FIELD = /^\.?((?:\\.|[^.[\]\\\s])+)/;
const QUOTED = /^\[\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*\]/;
const INDEX = /^\[\s*(-?\d+)\s*\]/;
const ALL = /^(?:\[\s*\*\s*\]|\.\*)/;
const FILTER = /^\[\?\(\s*@([^=!<>\s)]*)\s*(?:(==|!=|<=|>=|<|>)\s*([^)]*?)\s*)?\)\]/;

export function parseJsonPath(text: string): JsonPath {
  const steps: Step[] = [];
  let rest = text.replace(/^\$/, '');
  if (rest === '.') return [];
  while (rest !== '') {
    const [step, length] = nextStep(rest, text);
    steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
}

/** Everything the path leads to, in document order. */
export function findAll(path: JsonPath, value: unknown): unknown[] {
  return path.reduce<unknown[]>((found, step) => found.flatMap((item) => follow(step, item)), [value]);
}

function nextStep(rest: string, whole: string): [Step, number] {
  const all = ALL.exec(rest);
  if (all) return [{ kind: 'all' }, all[0].length];
  const filter = FILTER.exec(rest);
  if (filter) return [filterStep(filter), filter[0].length];
  const index = INDEX.exec(rest);
  if (index) return [{ kind: 'index', index: Number(index[1]) }, index[0].length];
  const quoted = QUOTED.exec(rest);
  if (quoted)
    return [{ kind: 'field', name: withoutEscapes(quoted[1] ?? quoted[2] ?? '') }, quoted[0].length];
  const field = FIELD.exec(rest);
  if (field) return [{ kind: 'field', name: withoutEscapes(field[1] ?? '') }, field[0].length];
  throw new LongshoreError('invalid', `unrecognized column definition "${whole}"`);
}

function filterStep(match: RegExpExecArray): Step {
  const [, path = '', operator = 'exists', literal = ''] = match;
  return { kind: 'filter', path: parseJsonPath(path), operator, value: literalValue(literal) };
}

function literalValue(text: string): unknown {
  const quoted = /^'(.*)'$|^"(.*)"$/.exec(text);
  if (quoted) return withoutEscapes(quoted[1] ?? quoted[2] ?? '');
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function follow(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case 'field':
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index':
      return Array.isArray(value) && value.at(step.index) !== undefined ? [value.at(step.index)] : [];
    case 'all':
      return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => matches(step, item)) : [];
    default:
      return step satisfies never;
  }
}

function matches(step: Extract<Step, { kind: 'filter' }>, item: unknown): boolean {
  const [found] = findAll(step.path, item);
  if (found === undefined) return false;
  if (step.operator === 'exists') return true;
  if (step.operator === '==') return found === step.value;
  if (step.operator === '!=') return found !== step.value;
  const [left, right] = [Number(found), Number(step.value)];
  if (step.operator === '<') return left < right;
  if (step.operator === '<=') return left <= right;
  return step.operator === '>' ? left > right : left >= right;
}

function withoutEscapes(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1');
}
