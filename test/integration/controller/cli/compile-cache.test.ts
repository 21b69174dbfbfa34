import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { VERSION } from '../../../../common/version.ts';
import { runCommand } from '../../../kit/command.ts';

const main = join(import.meta.dirname, '../../../../controller/main.ts');

describe('what is compiled of the program', () => {
  let home: string;
  const longshore = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runCommand(process.execPath, [main, ...args], { env: { XDG_CACHE_HOME: home, ...env } });
  const folder = () => join(home, 'longshore', 'compiled');
  const kept = () =>
    readdirSync(folder(), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
  const printsVersion = async (env?: Readonly<Record<string, string>>) => {
    const { code, stdout, stderr } = await longshore(['--version'], env);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${VERSION}\n`, stderr: '' });
  };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'longshore-compiled-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('is kept where only its user can write, and used again', async () => {
    await printsVersion();
    assert.equal(statSync(folder()).mode & 0o777, 0o700);
    const first = kept().map((file) => [file, statSync(file).mtimeMs]);
    assert.ok(first.length > 30, `only ${first.length} files are kept`);
    await printsVersion();
    assert.deepEqual(
      kept().map((file) => [file, statSync(file).mtimeMs]),
      first,
    );
  });

  it('is not the whole API of Kubernetes, though a kubeconfig is read', async () => {
    const { code } = await longshore(['status', '--kubeconfig', '/nonexistent']);
    assert.notEqual(code, 0);
    assert.ok(kept().length < 600, `${kept().length} files are kept`);
  });

  it('is compiled anew where it is damaged', async () => {
    await printsVersion();
    for (const file of kept()) writeFileSync(file, 'garbage');
    await printsVersion();
  });

  it('is kept below the home where no other place is named', async () => {
    await printsVersion({ HOME: home, XDG_CACHE_HOME: '' });
    assert.ok(readdirSync(join(home, '.cache', 'longshore', 'compiled')).length > 0);
  });

  it('is not looked for where others can write', async () => {
    mkdirSync(folder(), { recursive: true });
    chmodSync(folder(), 0o777);
    await printsVersion();
    assert.deepEqual(kept(), []);
  });

  it('is not looked for in the folder that is worked in, where there is no home', async () => {
    const here = join(home, 'repository');
    mkdirSync(here);
    const env = { ...process.env, HOME: '', XDG_CACHE_HOME: '' };
    execFileSync(process.execPath, [main, '--version'], { cwd: here, env });
    assert.deepEqual(readdirSync(here), []);
  });

  it('is not kept where it cannot be, and nobody hears of it', async () => {
    await printsVersion({ XDG_CACHE_HOME: '/dev/null' });
  });

  it('is not kept of what stays: the controller would hold on to it', async () => {
    const { code } = await longshore(['controller', '--kubeconfig', '/nonexistent']);
    assert.notEqual(code, 0);
    assert.deepEqual(readdirSync(home), []);
  });
});
