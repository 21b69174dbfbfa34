import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { openAttach } from '../../../../agent/runtime/attach.ts';
import type { DockerClients } from '../../../../agent/runtime/docker-clients.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { createInput } from '../../../kit/stream-input.ts';

const STREAMS = { containerId: 'c', stdin: false, stdout: true, stderr: true, tty: true };

/** Docker hangs up after the first word; `afterwards` is what it says of the container from then on, look by look. */
function attachUntilDockerHangsUp(
  afterwards: (look: number) => { readonly running: boolean },
  { stdin = false, stdinOnce = false, tty = true } = {},
) {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const clock = new ManualClock();
  let looks = 0;
  let isOver = false;
  const container = {
    inspect: async () => ({
      State: { Running: isOver ? afterwards(++looks).running : true },
      Config: { StdinOnce: stdinOnce },
    }),
  };
  const client = {
    getContainer: () => container,
    modem: {
      dial: (_request: unknown, done: (error: unknown, socket: unknown) => void) => done(null, socket),
    },
  };
  const docker = { prompt: client, patient: client } as unknown as DockerClients;
  const input = createInput();
  input.send({ kind: 'begin' });
  if (stdin) input.send({ kind: 'eof' });
  const { signal } = new AbortController();
  const output = openAttach({ ...STREAMS, stdin, tty }, input.messages, { docker, clock, signal });
  const heard: string[] = [];
  const reading = (async () => {
    for await (const message of output) {
      if (message.kind === 'data') heard.push(message.data.toString());
      isOver = true;
      socket.push(null);
    }
  })();
  socket.push(tty ? 'hello' : Buffer.from([1, 0, 0, 0, 0, 0, 0, 5, ...Buffer.from('hello')]));
  return { clock, heard, reading };
}

describe('a connection that Docker ends', () => {
  it('is no success when Docker itself has ended', async () => {
    const { heard, reading } = attachUntilDockerHangsUp(() => {
      throw new Error('connect ENOENT');
    });
    await assert.rejects(reading, /cannot ask Docker/);
    assert.deepEqual(heard, ['hello']);
  });

  it('is none either when the container runs on, as where Docker is back at once', async () => {
    const { clock, reading } = attachUntilDockerHangsUp(() => ({ running: true }));
    const refused = assert.rejects(reading, { code: 'unavailable', message: /the container runs on/ });
    await clock.advance(10_000);
    await refused;
  });

  it('is none for a client that has ended its input either, when Docker has ended', async () => {
    const { reading } = attachUntilDockerHangsUp(
      () => {
        throw new Error('connect ENOENT');
      },
      { stdin: true },
    );
    await assert.rejects(reading, /cannot ask Docker/);
  });

  it('is one when that is what Docker does once a client has ended its input', async () => {
    const { reading } = attachUntilDockerHangsUp(() => ({ running: true }), { stdin: true });
    await reading;
  });

  it('is none where the process was to end with that input, and runs on', async () => {
    const wish = { stdin: true, stdinOnce: true, tty: false };
    const { clock, reading } = attachUntilDockerHangsUp(() => ({ running: true }), wish);
    const refused = assert.rejects(reading, { code: 'unavailable', message: /the container runs on/ });
    await clock.advance(10_000);
    await refused;
  });

  it('is one when the container has ended, of which Docker tells a moment later', async () => {
    const { clock, heard, reading } = attachUntilDockerHangsUp((look) => ({ running: look < 3 }));
    await clock.advance(1000);
    await reading;
    assert.deepEqual(heard, ['hello']);
  });
});
