import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { EngineContainer } from '../../../../agent/runtime/engine.ts';
import { withLastWords } from '../../../../agent/runtime/last-words.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aPod } from '../../../kit/pods.ts';

const ENDED = {
  id: 'c1',
  identity: { podUid: 'uid-web', container: 'main', attempt: 0 },
  state: { kind: 'exited', exitCode: 1, message: '', reason: 'Error' },
} as unknown as EngineContainer;

it('the end of a log that Docker begins and never finishes is told as far as it came, after a while', async () => {
  const clock = new ManualClock();
  const containers = [
    { name: 'main', image: 'x', terminationMessagePolicy: 'FallbackToLogsOnError' as const },
  ];
  async function* endless() {
    yield Buffer.from('out of paint');
    await new Promise(() => {});
  }
  const deps = { clock, messages: { read: async () => '' }, openContainerLogs: async () => endless() };
  const words = withLastWords(ENDED, aPod({ spec: { containers } }), deps, new AbortController().signal);
  await clock.advance(10_000);
  await clock.advance(2000);
  const { state } = await words;
  assert.equal(state.kind === 'exited' && state.message, 'out of paint');
  assert.equal(clock.sleepers, 0);
});
