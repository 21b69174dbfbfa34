// `npm run control-plane:build`: compiles the real control plane from the pinned modules of test/control-plane into a
// cache folder outside the repository, once for each release. What is interrupted goes on where it was when run again:
// Go keeps what it has compiled, and the folder gets its final name when all is in it.
import { type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describeError, LongshoreError } from '../common/errors.ts';
import { controlPlaneCache, KUBERNETES_VERSION } from '../sandbox/real/version.ts';

const MODULE = join(import.meta.dirname, '../test/control-plane');

/** Program name -> the package it is built from, which is a tool of the module. */
const PROGRAMS: Readonly<Record<string, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'metrics-server': 'sigs.k8s.io/metrics-server/cmd/metrics-server',
};

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

if (import.meta.main) process.exitCode = await main();

async function main(): Promise<number> {
  try {
    await buildControlPlane(process.env);
    return 0;
  } catch (error) {
    console.error(`error: ${describeError(error)}`);
    return 1;
  }
}

/** Does nothing where that release is in the cache already. */
export async function buildControlPlane(env: NodeJS.ProcessEnv): Promise<void> {
  const target = controlPlaneCache(env, homedir());
  if (existsSync(target)) {
    console.log(`Kubernetes ${KUBERNETES_VERSION} is there already: ${target}`);
    return;
  }
  const go = await findGo();
  console.log(`Kubernetes ${KUBERNETES_VERSION}, compiled by ${go.version} into ${target}`);
  console.log('From nothing this takes 5 to 30 minutes on two cores; interrupted, it goes on where it was.');
  mkdirSync(dirname(target), { recursive: true });
  removeLeftovers(target);
  const folder = `${unfinished(target)}${process.pid}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  try {
    const metricsServer = await moduleVersion(go.program, 'sigs.k8s.io/metrics-server');
    for (const [program, pkg] of Object.entries(PROGRAMS)) {
      const startedMs = performance.now();
      const stamps = `-s -w ${versionStamps(program === 'metrics-server' ? metricsServer : undefined)}`;
      const flags = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', stamps];
      await compile(go.program, ['build', ...flags, '-o', join(folder, program), pkg]);
      console.log(`- ${program}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
    }
    publish(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As Kubernetes' own release stamps them; there is no git commit of ours to name. */
function versionStamps(metricsServer: string | undefined): string {
  if (metricsServer !== undefined) return `-X k8s.io/client-go/pkg/version.gitVersion=${metricsServer}`;
  const [major, minor] = KUBERNETES_VERSION.slice(1).split('.');
  const values = {
    gitMajor: major,
    gitMinor: minor,
    gitVersion: KUBERNETES_VERSION,
    gitCommit: 'built-from-modules',
    gitTreeState: 'clean',
  };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .flatMap((pkg) => Object.entries(values).map(([name, value]) => `-X ${pkg}.${name}=${value}`))
    .join(' ');
}

interface Go {
  readonly program: string;
  readonly version: string;
}

async function findGo(): Promise<Go> {
  for (const program of ['go', '/usr/local/go/bin/go']) {
    try {
      return { program, version: (await output(program, ['env', 'GOVERSION'])).trim() };
    } catch {
      // Not there: the next place.
    }
  }
  throw new LongshoreError(
    'precondition',
    'Go is needed to compile the control plane, and there is none on PATH or in /usr/local/go: install it, or name a ' +
      'folder that holds etcd, kube-apiserver, kube-scheduler and kube-controller-manager in KUBEBUILDER_ASSETS',
  );
}

async function moduleVersion(go: string, module: string): Promise<string> {
  return (await output(go, ['list', '-m', '-f', '{{.Version}}', module])).trim();
}

function unfinished(target: string): string {
  return join(dirname(target), `.${basename(target)}-unfinished-`);
}

/** Folders of builds that were killed: their names end in the process that made them. */
function removeLeftovers(target: string): void {
  const prefix = basename(unfinished(target));
  for (const name of readdirSync(dirname(target)).filter((entry) => entry.startsWith(prefix))) {
    if (existsSync(`/proc/${name.slice(prefix.length)}`)) continue;
    rmSync(join(dirname(target), name), { recursive: true, force: true });
  }
}

function publish(folder: string, target: string): void {
  try {
    renameSync(folder, target);
  } catch (error) {
    // Another build was faster, and made the same.
    if (!existsSync(target)) throw error;
  }
}

/** At the lowest priority, without cgo: the same static binaries on every machine. */
async function compile(go: string, args: readonly string[]): Promise<void> {
  await ended(['nice', '-n', '19', go, ...args], { stdio: 'inherit' });
}

function output(program: string, args: readonly string[]): Promise<string> {
  return ended([program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Resolves with its output; an interrupted build takes the compiler with it. */
function ended([program = '', ...args]: readonly string[], options: SpawnOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...options,
      cwd: MODULE,
      env: { ...process.env, CGO_ENABLED: '0' },
    });
    const interrupt = () => child.kill('SIGINT');
    for (const signal of SIGNALS) process.on(signal, interrupt);
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of SIGNALS) process.off(name, interrupt);
      if (code === 0) resolve(text);
      else
        reject(
          new LongshoreError(
            'unavailable',
            `${[program, ...args].join(' ')} ended with ${signal ?? `code ${code}`}`,
          ),
        );
    });
  });
}
