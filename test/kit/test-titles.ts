// The titles of tests, as they stand in their files; those put together at run time are not among them.
import { readFileSync } from 'node:fs';

export function titlesOf(file: string): readonly string[] {
  const source = readFileSync(file, 'utf8');
  const calls = source.matchAll(/\b(?:it|test)\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g);
  return [...calls].map(([, , title = '']) => title.replace(/\\(.)/g, '$1'));
}
