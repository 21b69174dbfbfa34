// What Go's encoder does with the empty values of the API types, as generate-zero-values.ts wrote it to zero-values.json.
import { readFileSync } from 'node:fs';

/** Whatever is in neither list is left out of an answer when it is empty: "", 0, false, an empty list or map. */
export interface ZeroValues {
  /** May be absent, and an empty value says something: optional pointers. */
  readonly kept?: readonly string[];
  /** Never absent; with what stands there when nobody has set it. */
  readonly shown?: Readonly<Record<string, unknown>>;
}

/** By the client library's type name, as in models.json. */
export function readZeroValues(): Readonly<Record<string, ZeroValues>> {
  return JSON.parse(readFileSync(new URL('zero-values.json', import.meta.url), 'utf8'));
}
