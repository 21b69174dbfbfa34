import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { SCRIPTS } from '../../../../controller/cli/completion/scripts.ts';

const main = join(import.meta.dirname, '../../../../controller/main.ts');

/** What bash would offer for these words, with the real command behind it. */
function offered(...words: string[]): string[] {
  const script = [
    'longshore() { "$NODE" "$MAIN" "$@"; }',
    // Only where bash itself completes can this be called.
    'compopt() { :; }',
    SCRIPTS.bash,
    `COMP_WORDS=(longshore "$@"); COMP_CWORD=$#; _longshore; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ].join('\n');
  const env = { ...process.env, NODE: process.execPath, MAIN: main, KUBECONFIG: '/nonexistent' };
  const out = execFileSync('bash', ['-c', script, 'bash', ...words], { env, encoding: 'utf8' });
  return out.split('\n').filter(Boolean);
}

test('bash completes commands and flags with the real command, and no names where none can be asked for', () => {
  assert.deepEqual(offered('agents', 'l'), ['list', 'label', 'logs']);
  assert.deepEqual(offered('pods', 'list', '--ag'), ['--agent']);
  assert.deepEqual(offered('status', '-o', 'j'), ['json']);
  assert.deepEqual(offered('agents', 'cordon', ''), []);
});
