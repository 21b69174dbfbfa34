import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SCRIPTS } from '../../../../controller/cli/completion/scripts.ts';
import { eventually } from '../../../kit/eventually.ts';
import { onTerminal } from '../../../kit/terminal.ts';

const main = join(import.meta.dirname, '../../../../controller/main.ts');

/** The command behind the script: `real`, or one that offers these where they begin with the last word that it is asked about. */
type Behind = 'real' | readonly string[];

const COMMANDS = {
  real: `longshore() { if [[ $1 == __complete ]]; then "$NODE" "$MAIN" "$@"; else ran "$@"; fi; }`,
  stub: `longshore() {
    if [[ $1 != __complete ]]; then ran "$@"; return; fi
    for value in "\${OFFERED[@]}"; do [[ $value == "\${@: -1}"* ]] && printf '%s\\tdescription\\n' "$value"; done
  } 2>/dev/null`,
};

/** What is run once somebody has typed each of these at a bash that is theirs, tabs and all, and then the enter key. */
async function typed(behind: Behind, lines: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-completion-'));
  const rc = join(folder, 'rc');
  const offered = behind === 'real' ? [] : behind;
  writeFileSync(
    rc,
    [
      `ran() { printf 'RAN'; printf ' <%s>' "$@"; printf '\\n'; }`,
      `OFFERED=(${offered.map((value) => `'${value}'`).join(' ')})`,
      COMMANDS[behind === 'real' ? 'real' : 'stub'],
      SCRIPTS.bash,
    ].join('\n'),
  );
  const env = { ...process.env, NODE: process.execPath, MAIN: main, KUBECONFIG: '/nonexistent' };
  try {
    await using shell = await onTerminal(['bash', '--noprofile', '--rcfile', rc, '-i'], {
      ...{ env: { ...env, INPUTRC: '/dev/null' }, size: { rows: 24, columns: 200 } },
    });
    for (const line of lines) shell.write(`${line}\r`);
    const ran = () => [...shell.output.matchAll(/^RAN (.*?)\r?$/gm)].map(([, words = '']) => words);
    await eventually(() => ran().length === lines.length || undefined, {
      // The real command starts from its source four times.
      ...{ what: 'all that was typed to be run', timeoutMs: 60_000 },
    });
    return ran();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const LABELS = ['zone=attic', 'zone=garage', 'arch=arm64'];

describe('completion in bash', () => {
  it('completes commands, flags and values with the real command, quoted ones too, and no names where none can be asked for', async () => {
    const ran = await typed('real', [
      'longshore agents desc\tx',
      "longshore status --output=j\t -o 'ya\t",
      'longshore agents cordon \tx',
    ]);
    assert.deepEqual(ran, [
      '<agents> <describe> <x>',
      '<status> <--output=json> <-o> <yaml>',
      '<agents> <cordon> <x>',
    ]);
  });

  it('completes a label before and after its =, though bash parts the word there', async () => {
    const lines = ['longshore agents list -l z\tg\tnext', 'longshore agents list -l zone=a\tnext'];
    assert.deepEqual(await typed(LABELS, lines), [
      '<agents> <list> <-l> <zone=garage> <next>',
      '<agents> <list> <-l> <zone=attic> <next>',
    ]);
  });

  it('completes the value of a flag with =, and a label there', async () => {
    const offered = ['--agent=garage-pi', '--agents=zone=garage', '--agents=zone=garage,arch=arm64'];
    const lines = ['longshore x --agent=\tnext', 'longshore x --agents=zo\t,\tnext'];
    assert.deepEqual(await typed(offered, lines), [
      '<x> <--agent=garage-pi> <next>',
      '<x> <--agents=zone=garage,arch=arm64> <next>',
    ]);
  });

  it('completes an image after its colon, and what comes after one', async () => {
    const lines = [
      'longshore images pin nginx:1.2\tnext',
      'longshore images pin a.b:5000/x:1 --agents z\tg\t',
    ];
    assert.deepEqual(await typed(['nginx:1.29', ...LABELS], lines), [
      '<images> <pin> <nginx:1.29> <next>',
      '<images> <pin> <a.b:5000/x:1> <--agents> <zone=garage>',
    ]);
  });

  it('completes in the midst of a line', async () => {
    const back = '\u001b[D'.repeat(' -o json'.length);
    const lines = [`longshore agents list -l zone=g -o json${back}\t`];
    assert.deepEqual(await typed(LABELS, lines), ['<agents> <list> <-l> <zone=garage> <-o> <json>']);
  });
});
