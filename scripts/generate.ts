// Writes what is generated. From proto/: the TypeScript types in proto/gen, and descriptor.json, from which both
// programs load the services (a bundle has no .proto files beside it). From agent/images/pause: the pause executables.
// From agent/pod/support: docs/support-matrix.md. From what is measured: the tables of docs/metrics.md. With --check it writes nothing and fails when the committed files differ.
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import protobuf from 'protobufjs';
import { metricsTableIsStale, writeMetricsTable } from './metrics-table.ts';
import { pauseModuleIsStale, writePauseModule } from './pause-binaries.ts';
import { supportMatrixIsStale, writeSupportMatrix } from './support-matrix.ts';

const root = join(import.meta.dirname, '..');
const generated = join(root, 'proto/gen');

function generateInto(folder: string): void {
  const protos = globSync('**/*.proto', { cwd: join(root, 'proto') }).sort();
  execFileSync(
    join(root, 'node_modules/.bin/proto-loader-gen-types'),
    [
      ...['--longs=Number', '--enums=String', '--defaults', '--oneofs', '--includeComments'],
      ...['--grpcLib=@grpc/grpc-js', '--importFileExtension=.ts', `--outDir=${folder}`],
      ...protos,
      // Relative, so that the generated headers name no folder of this machine.
      '--includeDirs=.',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], cwd: join(root, 'proto') },
  );
  const descriptor = new protobuf.Root();
  descriptor.resolvePath = (_importer, target) => (isAbsolute(target) ? target : join(root, 'proto', target));
  for (const proto of protos) descriptor.loadSync(join(root, 'proto', proto));
  writeFileSync(join(folder, 'descriptor.json'), `${JSON.stringify(descriptor.toJSON(), null, 1)}\n`);
}

function contents(folder: string): Map<string, string> {
  const files = globSync('**/*.{ts,json}', { cwd: folder }).sort();
  return new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

function differences(committed: Map<string, string>, fresh: Map<string, string>): string[] {
  const names = new Set([...committed.keys(), ...fresh.keys()]);
  return [...names].filter((name) => committed.get(name) !== fresh.get(name)).sort();
}

if (process.argv.includes('--check')) {
  const scratch = mkdtempSync(join(tmpdir(), 'longshore-generate-'));
  try {
    generateInto(scratch);
    const stale = differences(contents(generated), contents(scratch));
    if (stale.length > 0) {
      console.error(`proto/gen is not what proto/ says: ${stale.join(', ')}. Run: npm run generate`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  if (pauseModuleIsStale()) {
    console.error('agent/images/pause-binaries.ts is not what pause/*.s assembles to. Run: npm run generate');
    process.exitCode = 1;
  }
  if (supportMatrixIsStale()) {
    console.error('docs/support-matrix.md is not what agent/pod/support says. Run: npm run generate');
    process.exitCode = 1;
  }
  if (metricsTableIsStale()) {
    console.error('docs/metrics.md is not what the programs measure. Run: npm run generate');
    process.exitCode = 1;
  }
} else {
  rmSync(generated, { recursive: true, force: true });
  generateInto(generated);
  writePauseModule();
  writeSupportMatrix();
  writeMetricsTable();
}
