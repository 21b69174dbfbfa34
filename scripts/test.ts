// Runs the test suites: `node scripts/test.ts [unit] [integration] [e2e] [--control-plane builtin|real|auto] [-- pattern …]`.
// No suite named: all of them. The end-to-end tests run on the built-in control plane unless told otherwise.
// Ends with the plain line `N passed, N failed, N skipped`; exits non-zero when anything failed, when nothing ran, or
// when a test was skipped that SKIPPABLE does not name.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Suites in the order they run; the ones that share a Docker daemon run their files one at a time. */
const SUITES = { unit: availableParallelism(), integration: 1, e2e: 1 } as const;
type Suite = keyof typeof SUITES;

/** No test takes longer: one whose promise never settles fails, instead of keeping everybody waiting. */
const TEST_TIMEOUT_MS: Readonly<Record<Suite, number>> = { unit: 60_000, integration: 300_000, e2e: 300_000 };

/** Tests that may be skipped, by full name, each for a reason the test itself prints. */
const SKIPPABLE: ReadonlySet<string> = new Set<string>();

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  readonly failures: string[];
  readonly forbiddenSkips: string[];
}

const [suites, patterns, controlPlane] = parseArguments(process.argv.slice(2));
const totals: Totals = { passed: 0, failed: 0, skipped: 0, failures: [], forbiddenSkips: [] };
for (const suite of suites) await runSuite(suite);

for (const name of totals.failures) console.log(`FAILED: ${name}`);
for (const name of totals.forbiddenSkips) console.log(`SKIPPED, and not on the list of what may be: ${name}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 || totals.passed === 0 || totals.forbiddenSkips.length > 0 ? 1 : 0;

function parseArguments(argv: string[]): [Suite[], string[], string] {
  const separator = argv.indexOf('--');
  const words = separator < 0 ? argv : argv.slice(0, separator);
  const flag = words.indexOf('--control-plane');
  const plane =
    flag < 0 ? (process.env['LONGSHORE_TEST_CONTROL_PLANE'] ?? 'builtin') : (words[flag + 1] ?? '');
  const names = flag < 0 ? words : words.toSpliced(flag, 2);
  const unknown = names.find((name) => !(name in SUITES));
  if (unknown) {
    console.error(`no suite '${unknown}': choose among ${Object.keys(SUITES).join(', ')}`);
    process.exit(2);
  }
  const chosen = (Object.keys(SUITES) as Suite[]).filter(
    (suite) => names.length === 0 || names.includes(suite),
  );
  return [chosen, separator < 0 ? [] : argv.slice(separator + 1), plane];
}

/** Runs a suite's files; node:test reports through test/kit/line-reporter.ts, one JSON line per finished test. */
async function runSuite(suite: Suite): Promise<void> {
  const files = globSync(`test/${suite}/**/*.test.ts`, { cwd: root })
    .sort()
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)));
  if (files.length === 0) return;
  console.log(`\n== ${suite}: ${files.length} files`);
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
      env: { ...process.env, LONGSHORE_TEST_CONTROL_PLANE: controlPlane },
    },
  );
  let rest = '';
  for await (const chunk of child.stdout) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) count(suite, line);
  }
  const code = await new Promise<number | null>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });
  if (code !== 0 && totals.failed === 0) {
    totals.failed++;
    totals.failures.push(`${suite}: the test runner ended with code ${code}`);
  }
}

function count(suite: Suite, line: string): void {
  if (!line.startsWith('#result ')) {
    console.log(line);
    return;
  }
  const { name, outcome } = JSON.parse(line.slice('#result '.length)) as { name: string; outcome: string };
  if (outcome === 'passed') totals.passed++;
  else if (outcome === 'failed') {
    totals.failed++;
    totals.failures.push(`${suite}: ${name}`);
  } else {
    totals.skipped++;
    if (!SKIPPABLE.has(name)) totals.forbiddenSkips.push(`${suite}: ${name}`);
  }
}
