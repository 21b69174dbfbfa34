// Finds the programs of a real control plane. Those named by the user come first, then those built by
// `npm run control-plane:build`, then PATH. The three of Kubernetes must lie in one folder: releases are not mixed.
import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { LongshoreError } from '../../common/errors.ts';
import { controlPlaneCache } from './version.ts';

export interface ControlPlaneBinaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly scheduler: string;
  readonly controllerManager: string;
}

/** Metrics-server, which a real control plane can do without; undefined: this machine has none. */
export function findMetricsServer(
  folders: readonly string[],
  isProgram: IsProgram = isExecutable,
): string | undefined {
  return folders.map((folder) => join(folder, 'metrics-server')).find(isProgram);
}

export type IsProgram = (path: string) => boolean;

/** Undefined when this machine has no complete set. */
export function findBinaries(
  folders: readonly string[],
  isProgram: IsProgram = isExecutable,
): ControlPlaneBinaries | undefined {
  const inFolder = (name: string) => (folder: string) => isProgram(join(folder, name));
  const folder = folders.find((candidate) =>
    ['kube-apiserver', 'kube-scheduler', 'kube-controller-manager'].every((name) =>
      inFolder(name)(candidate),
    ),
  );
  if (folder === undefined) return undefined;
  const etcdFolder = [folder, ...folders].find(inFolder('etcd'));
  if (etcdFolder === undefined) return undefined;
  return {
    etcd: join(etcdFolder, 'etcd'),
    apiServer: join(folder, 'kube-apiserver'),
    scheduler: join(folder, 'kube-scheduler'),
    controllerManager: join(folder, 'kube-controller-manager'),
  };
}

/** Absolute folders in the order they are searched. */
export function binaryFolders(env: NodeJS.ProcessEnv, home: string = homedir()): string[] {
  const named = env['KUBEBUILDER_ASSETS'];
  const path = (env['PATH'] ?? '').split(delimiter);
  return [...(named ? [named] : []), controlPlaneCache(env, home), ...path].filter((folder) => folder !== '');
}

export function noBinaries(env: NodeJS.ProcessEnv, home: string = homedir()): LongshoreError {
  return new LongshoreError(
    'precondition',
    'this machine has no real control plane (etcd, kube-apiserver, kube-scheduler, kube-controller-manager): ' +
      `run npm run control-plane:build, which needs Go and puts them in ${controlPlaneCache(env, home)}, ` +
      'or name their folder in KUBEBUILDER_ASSETS or PATH',
  );
}

/** Each program's own answer, so that a log says what ran. */
export async function programVersions(binaries: ControlPlaneBinaries): Promise<Record<string, string>> {
  const ask = async (command: string) => {
    const { stdout } = await promisify(execFile)(command, ['--version'], { timeout: 10_000 });
    return /v?\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? stdout.trim();
  };
  const answers = Object.values(binaries).map(
    async (command: string) => [basename(command), await ask(command)] as const,
  );
  return Object.fromEntries(await Promise.all(answers));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
