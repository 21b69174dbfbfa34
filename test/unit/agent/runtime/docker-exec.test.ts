import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import type { DockerClients } from '../../../../agent/runtime/docker-clients.ts';
import { createDockerExecs } from '../../../../agent/runtime/docker-exec.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

describe('a command whose start Docker does not answer', () => {
  const started = Promise.withResolvers<PassThrough>();
  const docker = { getExec: () => ({ start: () => started.promise }) };
  const execs = createDockerExecs(
    { prompt: docker, patient: docker } as unknown as DockerClients,
    new ManualClock(),
  );

  it('is given up when its signal says so, and hung up when Docker answers after all', async () => {
    const giveUp = new AbortController();
    const running = execs.runExec('exec-1', { maxBytes: 100, signal: giveUp.signal });
    giveUp.abort(new Error('too long'));
    await assert.rejects(running, /too long/);
    const late = new PassThrough();
    started.resolve(late);
    await new Promise(setImmediate);
    assert.equal(late.destroyed, true);
  });
});
