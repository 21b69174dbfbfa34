import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { LongshoreError } from '../../../../common/errors.ts';
import { createLog } from '../../../../common/log.ts';
import { createStreamedAnswers } from '../../../../controller/rpc/server-stream.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

/** A call whose reader takes `takes` messages and then stalls. */
class Call extends EventEmitter {
  readonly written: number[] = [];
  hasBegun = false;
  ended = false;
  cancelled = false;
  failure: { readonly code: number } | undefined;
  takes = Number.POSITIVE_INFINITY;

  constructor() {
    super();
    this.on('error', (error) => {
      this.failure = error;
    });
  }

  sendMetadata(): void {
    this.hasBegun = true;
  }

  write(message: number): boolean {
    this.written.push(message);
    return this.written.length < this.takes;
  }

  end(): void {
    this.ended = true;
  }

  getPath(): string {
    return '/test';
  }

  get asStream() {
    return this as unknown as ServerWritableStream<unknown, number>;
  }
}

async function* counting(signal: AbortSignal, most = 1000) {
  for (let count = 1; count <= most && !signal.aborted; count++) {
    yield count;
    await new Promise(setImmediate);
  }
}

async function* silent(signal: AbortSignal): AsyncGenerator<number> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** As the log of an agent does. */
async function* breaking(signal: AbortSignal) {
  yield 1;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw new LongshoreError('cancelled', 'the stream was cancelled');
}

const log = createLog({ name: 'test', level: 'silent' });
const turns = async (count = 20) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
};

describe('a streamed answer', () => {
  it('begins when its source is open, long before there may be a message', async () => {
    const call = new Call();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const answered = createStreamedAnswers({ clock: new ManualClock(), log }).answer(
      call.asStream,
      async (signal) => {
        await opened;
        return silent(signal);
      },
    );
    await turns();
    assert.equal(call.hasBegun, false);
    open();
    await turns();
    assert.deepEqual([call.hasBegun, call.written], [true, []]);
    call.emit('cancelled');
    await answered;
  });

  const answers = (limits = { maxOpen: 2, maxLifeMs: 60_000 }) => {
    const clock = new ManualClock();
    return { clock, ...createStreamedAnswers({ clock, log }, limits) };
  };

  it('ends when its source has no more', async () => {
    const call = new Call();
    await answers().answer(call.asStream, async (signal) => counting(signal, 3));
    assert.deepEqual([call.written, call.ended, call.failure], [[1, 2, 3], true, undefined]);
  });

  it('waits for a reader that stalls', async () => {
    const call = new Call();
    call.takes = 2;
    const done = answers().answer(call.asStream, async (signal) => counting(signal, 3));
    await turns();
    assert.deepEqual(call.written, [1, 2]);
    call.emit('drain');
    await turns();
    call.emit('drain');
    await done;
    assert.deepEqual([call.written, call.ended], [[1, 2, 3], true]);
  });

  it('ends with its caller, even one that stalls', async () => {
    const call = new Call();
    call.takes = 1;
    const done = answers().answer(call.asStream, async (signal) => counting(signal));
    await turns();
    call.cancelled = true;
    call.emit('cancelled');
    await done;
    assert.deepEqual([call.ended, call.failure], [false, undefined]);
  });

  it('ends well after its time, for the caller to ask again', async () => {
    const { clock, answer } = answers();
    const call = new Call();
    const done = answer(call.asStream, async (signal) => counting(signal, Number.POSITIVE_INFINITY));
    await turns();
    await clock.advance(60_000);
    await done;
    assert.deepEqual([call.ended, call.failure], [true, undefined]);
  });

  it('lives longer where its end would undo work', async () => {
    const { clock, answer, endAll } = answers();
    const call = new Call();
    const done = answer(call.asStream, async (signal) => breaking(signal), 120_000);
    await turns();
    await clock.advance(119_000);
    assert.equal(call.ended, false);
    await clock.advance(1000);
    await done;
    assert.equal(call.ended, true);
    endAll(new LongshoreError('unavailable', 'stop'));
  });

  it('ends well too when its source breaks off because it is told to end', async () => {
    const { clock, answer } = answers();
    const call = new Call();
    const done = answer(call.asStream, async (signal) => breaking(signal));
    await turns();
    await clock.advance(60_000);
    await done;
    assert.deepEqual([call.written, call.ended, call.failure], [[1], true, undefined]);
  });

  it('ends with the leadership', async () => {
    const { answer, endAll } = answers();
    const call = new Call();
    const done = answer(call.asStream, async (signal) => counting(signal, Number.POSITIVE_INFINITY));
    await turns();
    endAll(new LongshoreError('unavailable', 'not the leader'));
    await done;
    assert.equal(call.failure?.code, 14);
  });

  it('is refused when too many are open', async () => {
    const { answer, endAll } = answers({ maxOpen: 1, maxLifeMs: 60_000 });
    const first = answer(new Call().asStream, async (signal) => counting(signal, Number.POSITIVE_INFINITY));
    const call = new Call();
    await answer(call.asStream, () => assert.fail('not asked'));
    assert.equal(call.failure?.code, 8);
    endAll(new LongshoreError('unavailable', 'stop'));
    await first;
  });

  it('tells nobody the words of a defect', async () => {
    const call = new Call();
    await answers().answer(call.asStream, () => Promise.reject(new Error('secret')));
    assert.equal(call.failure?.code, 13);
    assert.doesNotMatch(JSON.stringify(call.failure), /secret/);
  });
});
