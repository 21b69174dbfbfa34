import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { logTable, nextSteps, shellWord } from '../../../sandbox/demo-view.ts';

const STEPS = {
  kubeconfig: '/home/me/my clone/.longshore/kubeconfig',
  checkout: '/home/me/my clone',
  manifest: 'examples/demo/pods.yaml',
  dir: undefined,
  hasKubectl: true,
};

test('the commands to type next can be pasted, whatever the folder is called', () => {
  assert.match(nextSteps(STEPS), /^ {2}export KUBECONFIG='\/home\/me\/my clone\/\.longshore\/kubeconfig'$/m);
  assert.match(nextSteps(STEPS), /^ {2}npx longshore sandbox down$/m);
  assert.match(nextSteps({ ...STEPS, dir: '/tmp/x' }), /^ {2}npx longshore sandbox down --dir \/tmp\/x$/m);
});

test('how to get a kubectl is said where there is none', () => {
  assert.doesNotMatch(nextSteps(STEPS), /apt-get/);
  assert.match(nextSteps({ ...STEPS, hasKubectl: false }), /apt-get install kubernetes-client/);
});

test('a shell reads every word as it was', () => {
  for (const word of ['/plain/path', 'a b', "it's", '$HOME', '`id`', '"', '\\', '*', 'a;b', '~']) {
    const read = execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' });
    assert.equal(read, word);
  }
});

test('a log of several lines names its container on each, an empty one on one', () => {
  const text = logTable([
    { pod: 'a', container: 'main', text: 'one\ntwo\n' },
    { pod: 'b', container: 'side', text: '' },
  ]);
  assert.equal(text, 'POD   CONTAINER   LOG\na     main        one\na     main        two\nb     side\n');
});
