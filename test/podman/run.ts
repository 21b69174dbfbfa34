// The agent's tests on a real engine, run on Podman through its Docker-compatible socket: `npm run test:podman`
// [-- PATTERN …]. They start a Podman of their own; docs/engines.md says what is known to differ there.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { OwnPodman } from '../kit/own-podman.ts';

/** Titles of what is known to differ; docs/engines.md says how. */
const DIFFERENT = [
  'begins each line with its time, and at a time within a second',
  'counts lines, however long, where Docker counts pieces',
  'follows from the last lines on',
  'follows through the rotation of its files, losing no line',
  'fill no disk with their logs: five files of 10 MB at most, read as one',
  // Of its own figures, which are asked for where the kernel's files cannot be seen.
  'is the same by the kernel’s files and by Docker, its sandbox’s network too',
  'tells how a limit of CPU holds it back, and of disks what the kernel tells',
  // Podman shows a command as running as soon as it is told to start.
  'runs fifty at a time, of which no more than 4 for each CPU are being started',
  // Drivers that Podman has not.
  'reads what the driver local keeps',
  'reads what the driver syslog keeps',
  'says that what the driver (none|syslog) takes cannot be read',
  'change as it runs, and the status says so',
  'that Docker does not give are tried again, and the condition says why',
  'wait where other pods have the room for them, and come when one of these goes',
  'of a pod as a whole are shared',
  'are under the seccomp profile of their machine that they name',
  'see all of /proc where they ask for it',
  'get a new sandbox when theirs dies',
  'run, and say so in the kubelet’s words',
  'are run by the runtime of their RuntimeClass, once it is there',
  'wait for a runtime that Docker has not, and say so',
  'that Docker cannot start say why',
  'that run out of memory say so',
  'publish their host ports on the machine, and say when one is taken',
  'are reached at their host ports',
  'pulls by digest',
  'says that a tag does not exist',
  'says that a registry wants credentials',
  'tells a registry that is down for a while from an image that is not there',
  // Of a container without stdinOnce: its input ends with its first client. And who ends theirs stays.
  'talks with its process, hears both outputs, and leaves it as it was',
  'is one of several',
  'that ends its input leaves with it, and the process waits for the next',
  'types into its terminal whatever key, and tells it its size',
  'leaves no connection behind, wherever it leaves',
  'does not wait for a container that has ended unseen',
  // Their servers listen at Docker's bridge, which Podman's containers need not reach.
  'send requests over HTTPS to whoever answers, known or not',
  'ask over gRPC how a service is',
];

const root = join(import.meta.dirname, '../..');

if (spawnSync('podman', ['--version'], { stdio: 'inherit' }).error) {
  console.error(
    'error: no podman here; on Debian and Ubuntu: apt-get install podman netavark aardvark-dns (Podman 4.3 or newer)',
  );
  process.exit(2);
}

const patterns = process.argv.slice(2).filter((word) => word !== '--');
const files = globSync('test/integration/agent/{runtime,images}/*.test.ts', { cwd: root })
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .sort();
if (files.length === 0) {
  console.error(`error: no test file matches ${patterns.join(', ')}`);
  process.exit(2);
}

const skipped = DIFFERENT.map((title) => `--test-skip-pattern=${title}`);
await using podman = await OwnPodman.start();
await ensureBusyboxImage(podman.docker);
const child = spawn(
  process.execPath,
  ['--test', '--test-concurrency=1', '--test-reporter=spec', '--test-timeout=300000', ...skipped, ...files],
  { cwd: root, stdio: 'inherit', env: { ...process.env, DOCKER_HOST: `unix://${podman.socket}` } },
);
const [code] = await once(child, 'exit');
process.exitCode = code === 0 ? 0 : 1;
