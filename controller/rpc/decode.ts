// The checks every decoder of this room is made of. Each takes a value from outside with its name and bounds, and gives
// it back or throws `invalid` saying which field is wrong; the value itself is never repeated.
import { LongshoreError } from '../../common/errors.ts';
import { parseQuantity } from '../../common/quantity.ts';

export function invalidField(field: string, problem: string): LongshoreError {
  return new LongshoreError('invalid', `${field} ${problem}`);
}

export interface TextBounds {
  readonly field: string;
  readonly maxBytes: number;
  /** Default: may be empty. */
  readonly required?: boolean;
  readonly pattern?: RegExp;
  /** What a user's program may have written is taken as it is; everything else has no control characters. */
  readonly anyCharacters?: boolean;
}

export function boundedText(value: unknown, bounds: TextBounds): string {
  const { field, maxBytes, required = false, pattern, anyCharacters = false } = bounds;
  if (typeof value !== 'string') throw invalidField(field, 'must be text');
  if (required && value === '') throw invalidField(field, 'must not be empty');
  if (Buffer.byteLength(value) > maxBytes) throw invalidField(field, `is longer than ${maxBytes} bytes`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!anyCharacters && /[\u0000-\u001f\u007f]/.test(value))
    throw invalidField(field, 'has control characters');
  if (value !== '' && pattern && !pattern.test(value)) throw invalidField(field, 'is malformed');
  return value;
}

const UID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export function podUid(value: unknown, field: string): string {
  return boundedText(value, { field, maxBytes: 128, required: true, pattern: UID });
}

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function objectName(value: unknown, field: string): string {
  return boundedText(value, { field, maxBytes: 253, required: true, pattern: DNS_SUBDOMAIN });
}

export function wholeNumber(value: unknown, field: string, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) {
    throw invalidField(field, `must be a whole number from 0 to ${max}`);
  }
  return value;
}

export function boundedList<T>(
  value: unknown,
  bounds: { readonly field: string; readonly maxItems: number },
  item: (value: unknown, field: string) => T,
): T[] {
  const { field, maxItems } = bounds;
  if (!Array.isArray(value)) throw invalidField(field, 'must be a list');
  if (value.length > maxItems) throw invalidField(field, `has more than ${maxItems} entries`);
  return value.map((entry, index) => item(entry, `${field}[${index}]`));
}

const QUALIFIED_NAME = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const MAX_RESOURCES = 128;
const MAX_LABELS = 64;

/** Resource names and quantities, none negative. */
export function quantities(value: unknown, field: string): Record<string, string> {
  const map = stringMap(value, { field, maxEntries: MAX_RESOURCES });
  for (const [name, quantity] of Object.entries(map)) {
    boundedText(name, {
      field: `a name in ${field}`,
      maxBytes: 317,
      required: true,
      pattern: QUALIFIED_NAME,
    });
    const amount = parseQuantity(quantity);
    if (amount === undefined || amount < 0n) throw invalidField(`${field} '${name}'`, 'is no quantity');
  }
  return map;
}

export function labels(value: unknown, field: string): Record<string, string> {
  const map = stringMap(value, { field, maxEntries: MAX_LABELS });
  for (const [key, text] of Object.entries(map)) {
    boundedText(key, { field: `a key in ${field}`, maxBytes: 317, required: true, pattern: QUALIFIED_NAME });
    boundedText(text, { field: `${field} '${key}'`, maxBytes: 63, pattern: LABEL_VALUE });
  }
  return map;
}

export function plainObject(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidField(field, 'must be an object');
  }
  return value as Record<string, unknown>;
}

function stringMap(
  value: unknown,
  bounds: { readonly field: string; readonly maxEntries: number },
): Record<string, string> {
  const entries = Object.entries(plainObject(value, bounds.field));
  if (entries.length > bounds.maxEntries) {
    throw invalidField(bounds.field, `has more than ${bounds.maxEntries} entries`);
  }
  return Object.fromEntries(
    entries.map(([key, entry]) => {
      if (typeof entry !== 'string') throw invalidField(`${bounds.field} '${key}'`, 'must be text');
      return [key, entry];
    }),
  );
}
