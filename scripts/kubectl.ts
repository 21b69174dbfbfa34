// `npm run kubectl:build -- VERSION …`: compiles kubectl of other Kubernetes releases, such as 1.30.14, from its modules into
// a cache folder outside the repository, and prints where each is, for `KUBECTL=…` before the tests.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What kubectl's own main does; that one is in a module which cannot be depended on. */
const MAIN = `package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}
`;

const VERSION = /^1\.(\d+)\.(\d+)$/;

if (import.meta.main) process.exitCode = main(process.argv.slice(2));

function main(versions: readonly string[]): number {
  const wrong = versions.find((version) => !VERSION.test(version));
  if (versions.length === 0 || wrong !== undefined) {
    console.error(`usage: npm run kubectl:build -- 1.MINOR.PATCH …${wrong ? ` (not ${wrong})` : ''}`);
    return 2;
  }
  for (const version of versions) console.log(buildKubectl(version));
  return 0;
}

/** Does nothing where it is in the cache already. */
export function buildKubectl(version: string): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const target = join(cache, 'longshore', 'kubectl', `v${version}`, 'kubectl');
  if (existsSync(target)) return target;
  const folder = mkdtempSync(join(tmpdir(), 'longshore-kubectl-'));
  try {
    const go = (...args: string[]) =>
      execFileSync('nice', ['-n', '19', 'go', ...args], {
        ...{ cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] },
        env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' },
      });
    const modules = version.replace(/^1/, 'v0');
    writeFileSync(join(folder, 'main.go'), MAIN);
    go('mod', 'init', 'kubectl');
    go('get', `k8s.io/kubectl@${modules}`, `k8s.io/component-base@${modules}`);
    go('build', '-trimpath', '-ldflags', `-s -w ${versionStamps(version)}`, '-o', 'kubectl', '.');
    mkdirSync(dirname(target), { recursive: true });
    execFileSync('cp', [join(folder, 'kubectl'), `${target}.new`]);
    renameSync(`${target}.new`, target);
    return target;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function versionStamps(version: string): string {
  const [major, minor] = version.split('.');
  const values = { gitMajor: major, gitMinor: minor, gitVersion: `v${version}`, gitTreeState: 'clean' };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .flatMap((pkg) => Object.entries(values).map(([name, value]) => `-X ${pkg}.${name}=${value}`))
    .join(' ');
}
