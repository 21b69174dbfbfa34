import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { bundle, PROGRAMS, type Program } from '../../../scripts/bundle.ts';

const root = join(import.meta.dirname, '../../..');

describe('bundle', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'longshore-bundle-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function program(lines: readonly string[], rules: Partial<Program> = {}): Program {
    const entry = join(folder, 'main.ts');
    writeFileSync(entry, lines.join('\n'));
    return { entry, outfile: 'program.cjs', maxBytes: 2_000_000, forbidden: [], seldom: [], ...rules };
  }

  const dockerode = join(root, 'node_modules/dockerode/lib/docker.js');

  it('makes one executable file, without SSH, that knows where it lies', async () => {
    const { path, packages } = await bundle(
      program([
        '#!/usr/bin/env node',
        `import Docker from ${JSON.stringify(dockerode)};`,
        'console.log(typeof Docker, import.meta.dirname);',
      ]),
      folder,
    );
    assert.equal(execFileSync(process.execPath, [path], { encoding: 'utf8' }), `function ${folder}\n`);
    const names = packages.map(([name]) => name);
    assert.ok(names.includes('docker-modem'));
    assert.ok(!names.includes('ssh2') && !names.includes('cpu-features'));
  });

  it('loads what is seldom needed when something of it is first used, however it is imported', async () => {
    const { path } = await bundle(
      program(
        [
          '#!/usr/bin/env node',
          "import { deepEqual } from 'node:assert';",
          "import zlib, { gzipSync } from 'node:zlib';",
          "const isLoaded = (name) => process.moduleLoadList.includes('NativeModule ' + name);",
          "const before = [isLoaded('assert'), isLoaded('zlib')];",
          "deepEqual(String(zlib.gunzipSync(gzipSync('text'))), 'text');",
          "require('assert')(true);",
          "console.log(...before, isLoaded('assert'), isLoaded('zlib'));",
        ],
        { seldom: ['assert', 'zlib'] },
      ),
      folder,
    );
    const said = execFileSync(process.execPath, [path], { encoding: 'utf8' });
    assert.equal(said, 'false false true true\n');
  });

  for (const { entry, outfile, seldom, ...rules } of PROGRAMS.filter((one) => one.seldom.length > 0)) {
    it(`of ${entry} starts without what is seldom needed`, async () => {
      const { path } = await bundle({ entry: join(root, entry), outfile, seldom, ...rules }, folder);
      const hook = join(folder, 'hook.cjs');
      const loaded = `process.moduleLoadList.filter((one) => ${JSON.stringify(seldom)}.some((name) => one === 'NativeModule ' + name))`;
      const before = `const before = ${loaded};`;
      writeFileSync(
        hook,
        `${before} process.on('exit', () => console.error(JSON.stringify(${loaded}.filter((one) => !before.includes(one)))));`,
      );
      const { stderr } = spawnSync(process.execPath, ['--require', hook, path, '--version'], {
        encoding: 'utf8',
      });
      assert.equal(stderr, '[]\n');
    });
  }

  const refusals: [what: string, lines: string[], rules: Partial<Program>, message: RegExp][] = [
    [
      'a forbidden package',
      ['#!x', `import D from ${JSON.stringify(dockerode)}; D;`],
      { forbidden: ['dockerode'] },
      /must not hold dockerode/,
    ],
    ['too much', ['#!x', 'console.log(1);'], { maxBytes: 5 }, /more than the 5 it may have/],
    ['a program that no shell could start', ['console.log(1);'], {}, /no #! line/],
  ];
  for (const [what, lines, rules, message] of refusals) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(bundle(program(lines, rules), folder), message);
    });
  }
});
