// Runs the test suites: `node scripts/test.ts [unit] [contract] [integration] [e2e]
// [--control-plane builtin|real|auto] [-- pattern …]`.
// No suite named: all of them. The end-to-end tests run on the built-in control plane and then on the real one (auto),
// or on the one that is named; what only agents do is run once by auto; test/e2e/real needs the real one. Where its
// programs are missing they are compiled; where they cannot be, what needs them is not run, and the output says so.
// Ends with the plain line `N passed, N failed, N skipped`; exits non-zero when anything failed, when nothing ran, or
// when a test was skipped that SKIPPABLE does not name.
import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { describeError } from '../common/errors.ts';
import {
  CONTROL_PLANE_CHOICES,
  type ControlPlaneChoice,
  type ControlPlaneKind,
} from '../sandbox/control-plane-choice.ts';
import {
  binaryFolders,
  type ControlPlaneBinaries,
  findBinaries,
  noBinaries,
  programVersions,
} from '../sandbox/real/binaries.ts';
import { buildControlPlane } from './control-plane.ts';

const root = join(import.meta.dirname, '..');

/**
 * Suites in the order they run, and how many of their files run at once: two where they mostly wait (for Docker, for
 * periods to pass), each file with a sandbox and pods of its own; the contract suite drives one control plane.
 */
const SUITES = { unit: availableParallelism(), contract: 1, integration: 2, e2e: 2 } as const;
type Suite = keyof typeof SUITES;

/** No test takes longer: one whose promise never settles fails, instead of keeping everybody waiting. */
const TEST_TIMEOUT_MS: Readonly<Record<Suite, number>> = {
  unit: 60_000,
  contract: 300_000,
  integration: 300_000,
  e2e: 300_000,
};

/** Tests that may be skipped, by full name, each for a reason the test itself prints. */
const SKIPPABLE: ReadonlySet<string> = new Set<string>([
  // Where there is no real control plane.
  'the golden files are what the real control plane answers',
]);

/** Scenarios of what agents do, whoever asks them: when both control planes are run in turn, one of them suffices. */
const OF_AGENTS: ReadonlySet<string> = new Set(
  ['bad-input', 'discovery', 'init-containers', 'install', 'machine', 'objects'].map(
    (name) => `test/e2e/${name}.test.ts`,
  ),
);

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  readonly failures: string[];
  readonly forbiddenSkips: string[];
}

const { suites, patterns, choice } = parseArguments(process.argv.slice(2));
const totals: Totals = { passed: 0, failed: 0, skipped: 0, failures: [], forbiddenSkips: [] };
const needsControlPlane = suites.some((suite) => suite !== 'unit');
const real = choice !== 'builtin' && needsControlPlane ? await realControlPlane() : undefined;
for (const suite of suites) {
  if (suite !== 'e2e') await runSuite({ suite, plane: 'builtin' });
  else for (const plane of planes()) await runSuite({ suite, plane });
}

for (const name of totals.failures) console.log(`FAILED: ${name}`);
for (const name of totals.forbiddenSkips) console.log(`SKIPPED, and not on the list of what may be: ${name}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 || totals.passed === 0 || totals.forbiddenSkips.length > 0 ? 1 : 0;

interface Arguments {
  readonly suites: readonly Suite[];
  readonly patterns: readonly string[];
  readonly choice: ControlPlaneChoice;
}

function parseArguments(argv: string[]): Arguments {
  const separator = argv.indexOf('--');
  const words = separator < 0 ? argv : argv.slice(0, separator);
  const flag = words.indexOf('--control-plane');
  const named = flag < 0 ? 'auto' : words[flag + 1];
  const choice = CONTROL_PLANE_CHOICES.find((candidate) => candidate === named);
  if (!choice) usageError(`--control-plane is one of ${CONTROL_PLANE_CHOICES.join(', ')}`);
  const names = flag < 0 ? words : words.toSpliced(flag, 2);
  const unknown = names.find((name) => !(name in SUITES));
  if (unknown) usageError(`no suite '${unknown}': choose among ${Object.keys(SUITES).join(', ')}`);
  const suites = (Object.keys(SUITES) as Suite[]).filter(
    (suite) => names.length === 0 || names.includes(suite),
  );
  return { suites, patterns: separator < 0 ? [] : argv.slice(separator + 1), choice };
}

function usageError(message: string): never {
  console.error(message);
  process.exit(2);
}

function planes(): ControlPlaneKind[] {
  if (choice === 'auto') return real ? ['builtin', 'real'] : ['builtin'];
  return [choice];
}

/** The real control plane's programs, compiled if need be. Undefined, and said so, where they cannot be had. */
async function realControlPlane(): Promise<ControlPlaneBinaries | undefined> {
  try {
    if (!findBinaries(binaryFolders(process.env))) await buildControlPlane(process.env);
    const binaries = findBinaries(binaryFolders(process.env));
    if (!binaries) throw noBinaries(process.env);
    const versions = Object.entries(await programVersions(binaries));
    console.log(`real control plane: ${versions.map(([name, version]) => `${name} ${version}`).join(', ')}`);
    return binaries;
  } catch (error) {
    if (choice === 'real') usageError(`error: ${describeError(error)}`);
    console.log(`\n!! NOT RUN: what needs the real control plane. ${describeError(error)}\n`);
    return undefined;
  }
}

interface Run {
  readonly suite: Suite;
  readonly plane: ControlPlaneKind;
}

/** Runs a suite's files; node:test reports through test/kit/line-reporter.ts, one JSON line per finished test. */
async function runSuite({ suite, plane }: Run): Promise<void> {
  const files = globSync(`test/${suite}/**/*.test.ts`, { cwd: root })
    .filter((file) => plane === 'real' || !file.startsWith('test/e2e/real/'))
    .filter((file) => plane === 'builtin' || choice === 'real' || !OF_AGENTS.has(file))
    .sort()
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)));
  if (files.length === 0) return;
  const title = suite === 'e2e' ? `e2e on the ${plane} control plane` : suite;
  console.log(`\n== ${title}: ${files.length} files`);
  const child = spawn(
    process.execPath,
    [
      '--test',
      `--test-concurrency=${SUITES[suite]}`,
      `--test-timeout=${TEST_TIMEOUT_MS[suite]}`,
      `--test-reporter=${join(root, 'test/kit/line-reporter.ts')}`,
      ...files,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...kubectlOf(plane), LONGSHORE_TEST_CONTROL_PLANE: plane },
    },
  );
  let rest = '';
  for await (const chunk of child.stdout) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) count(title, line);
  }
  const code = await new Promise<number | null>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });
  if (code !== 0 && totals.failed === 0) {
    totals.failed++;
    totals.failures.push(`${title}: the test runner ended with code ${code}`);
  }
}

/** The kubectl of the same release, where it is there and no other is asked for. */
function kubectlOf(plane: ControlPlaneKind): { KUBECTL?: string } {
  if (plane !== 'real' || !real || process.env['KUBECTL']) return {};
  const kubectl = join(dirname(real.apiServer), 'kubectl');
  return existsSync(kubectl) ? { KUBECTL: kubectl } : {};
}

function count(title: string, line: string): void {
  if (!line.startsWith('#result ')) {
    console.log(line);
    return;
  }
  const { name, outcome } = JSON.parse(line.slice('#result '.length)) as { name: string; outcome: string };
  if (outcome === 'passed') totals.passed++;
  else if (outcome === 'failed') {
    totals.failed++;
    totals.failures.push(`${title}: ${name}`);
  } else {
    totals.skipped++;
    if (!SKIPPABLE.has(name)) totals.forbiddenSkips.push(`${title}: ${name}`);
  }
}
