// The titles of tests, as they stand in their files; those put together at run time are not among them.
import { globSync, readFileSync } from 'node:fs';

/** Scenarios that share what one file sets up may stand in the folder of its name. */
export function titlesOf(file: string): readonly string[] {
  const scenarios = globSync(`${file.replace(/\.test\.ts$/, '')}/*.ts`).filter(
    (name) => !/\.test\.ts$/.test(name),
  );
  const source = [file, ...scenarios].map((name) => readFileSync(name, 'utf8')).join('\n');
  const calls = source.matchAll(/\b(?:it|test)\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g);
  return [...calls].map(([, , title = '']) => title.replace(/\\(.)/g, '$1'));
}
