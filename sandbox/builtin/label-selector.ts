// The text of a label selector, as a list of requirements: `app=web,tier in (a, b),!old`. Read token by token and refused
// with the real server's words.
import { badRequest } from './api-error.ts';
import type { KubeObject } from './kube-object.ts';
import { labelValueProblem, qualifiedNameProblems } from './names.ts';

export type Predicate = (object: KubeObject) => boolean;

type Labels = Readonly<Record<string, string>>;
type LabelTest = (labels: Labels) => boolean;

const BINARY_OPERATORS: ReadonlySet<string> = new Set(['in', 'notin', '=', '==', '!=', '<', '>']);
const TOKEN = /[(),]|[=!<>]+|[^(),=!<>\s]+/g;

/** Throws a 400. */
export function parseLabelSelector(text: string): Predicate {
  const tests = new Parser(text.match(TOKEN) ?? []).requirements();
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

class Parser {
  readonly #tokens: string[];

  constructor(tokens: readonly string[]) {
    // A `!` before anything but `=` stands alone.
    this.#tokens = tokens.flatMap((token) => (/^!+$/.test(token) ? [...token] : [token]));
  }

  requirements(): LabelTest[] {
    const tests: LabelTest[] = [];
    while (this.#next !== '') {
      if (this.#next !== '!' && !this.#isIdentifier) {
        throw unexpected(this.#next, "!, identifier, or 'end of string'");
      }
      tests.push(this.#requirement());
      const after = this.#take();
      if (after === '') return tests;
      if (after !== ',') throw unexpected(after, "',' or 'end of string'");
      if (this.#next !== '!' && !this.#isIdentifier) throw unexpected(this.#next, "identifier after ','");
    }
    return tests;
  }

  #requirement(): LabelTest {
    const isNegated = this.#next === '!';
    if (isNegated) this.#take();
    if (!this.#isIdentifier) throw unparsable(`found '${this.#next}', expected: identifier`);
    const key = this.#take();
    const [problem] = qualifiedNameProblems(key);
    if (problem) throw unparsable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problem}`);
    if (isNegated) return (labels) => !Object.hasOwn(labels, key);
    if (this.#next === '' || this.#next === ',') return (labels) => Object.hasOwn(labels, key);
    const operator = this.#take();
    if (!BINARY_OPERATORS.has(operator)) {
      throw unparsable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
    const values = operator === 'in' || operator === 'notin' ? this.#list() : [this.#value()];
    return testOf(key, operator, values);
  }

  #value(): string {
    if (this.#next === '' || this.#next === ',') return '';
    if (!this.#isIdentifier) throw unparsable(`found '${this.#next}', expected: identifier`);
    return this.#take();
  }

  #list(): string[] {
    const open = this.#take();
    if (open !== '(') throw unparsable(`found '${open}' expected: '('`);
    const values = [this.#isIdentifier ? this.#take() : ''];
    for (let token = this.#take(); token !== ')'; token = this.#take()) {
      if (token !== ',') throw unparsable(`found '${token}', expected: ',' or ')'`);
      values.push(this.#isIdentifier ? this.#take() : '');
    }
    return values;
  }

  get #next(): string {
    return this.#tokens[0] ?? '';
  }

  get #isIdentifier(): boolean {
    return this.#next !== '' && !/^[(),=!<>]/.test(this.#next);
  }

  #take(): string {
    return this.#tokens.shift() ?? '';
  }
}

function testOf(key: string, operator: string, values: readonly string[]): LabelTest {
  const [value = ''] = values;
  if (operator === '<' || operator === '>') {
    if (!isInteger(value)) {
      const why = "for 'Gt', 'Lt' operators, the value must be an integer";
      throw unparsable(`values[0]: Invalid value: ${JSON.stringify(value)}: ${why}`);
    }
    const compare = (label: number) => (operator === '<' ? label < Number(value) : label > Number(value));
    return (labels) => isInteger(labels[key] ?? '') && compare(Number(labels[key]));
  }
  values.forEach((item, index) => {
    const problem = labelValueProblem(item);
    if (problem)
      throw unparsable(`values[${index}][${key}]: Invalid value: ${JSON.stringify(item)}: ${problem}`);
  });
  const isIn: LabelTest = (labels) => Object.hasOwn(labels, key) && values.includes(labels[key] ?? '');
  return operator === 'notin' || operator === '!=' ? (labels) => !isIn(labels) : isIn;
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text);
}

function unexpected(found: string, expected: string) {
  return badRequest(`found '${found}', expected: ${expected}`);
}

function unparsable(why: string) {
  return badRequest(`unable to parse requirement: ${why}`);
}
