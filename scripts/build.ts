// Builds the programs into dist/ and says what is in them, one line each.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, bundle, PROGRAMS } from './bundle.ts';

const root = join(import.meta.dirname, '..');

for (const program of PROGRAMS) {
  if (!existsSync(join(root, program.entry))) {
    console.error(`${program.entry} is missing: dist/${program.outfile} cannot be built`);
    process.exitCode = 1;
    continue;
  }
  try {
    console.log(report(await bundle(program, join(root, 'dist'))));
  } catch (error) {
    console.error(`${program.outfile}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

function report({ path, bytes, packages }: Bundle): string {
  const kilobytes = (count: number) => `${Math.round(count / 1000)} kB`;
  const largest = packages.slice(0, 6).map(([name, size]) => `${name} ${kilobytes(size)}`);
  return `${path.slice(root.length + 1)} ${kilobytes(bytes)} (${largest.join(', ')}, …)`;
}
