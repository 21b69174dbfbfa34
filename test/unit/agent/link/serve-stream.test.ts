import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type StreamCall, serveStream } from '../../../../agent/link/serve-stream.ts';
import { eventually } from '../../../kit/eventually.ts';
import { quietLog } from '../../../kit/rpc-fixture.ts';
import { SilentCall } from '../../../kit/silent-call.ts';

describe('a stream whose far end never ends it', () => {
  it('is given up with the session, after all has been said', async () => {
    const call = new SilentCall();
    const session = new AbortController();
    let passed = 0;
    async function* source() {
      yield { kind: 'data' as const, data: Buffer.from('hello') };
    }
    const stream = { streamId: 'a', open: async () => source() };
    const fed = serveStream(call as unknown as StreamCall, stream, {
      signal: session.signal,
      passed: (bytes) => {
        passed += bytes;
      },
      log: quietLog(),
    });
    await eventually(() => call.writableFinished, { what: 'its own end' });
    assert.equal(call.cancelled, false);
    session.abort();
    await eventually(() => call.cancelled, { what: 'the cancel' });
    await fed;
    assert.equal(call.frames.length, 4);
    assert.equal(passed, 'hello'.length);
  });
});
