import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { it } from 'node:test';
import { openAttach } from '../../../../agent/runtime/attach.ts';
import type { DockerClients } from '../../../../agent/runtime/docker-clients.ts';
import { createInput } from '../../../kit/stream-input.ts';

const STREAMS = { containerId: 'c', stdin: false, stdout: true, stderr: true, tty: true };

it('a connection that ends with Docker, and not with the container, is no success', async () => {
  const socket = new PassThrough();
  let isAway = false;
  const container = {
    inspect: async () => {
      if (isAway) throw new Error('connect ENOENT');
      return { State: { Running: true } };
    },
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
  const output = openAttach(STREAMS, input.messages, { docker, signal: new AbortController().signal });
  const heard: string[] = [];
  const reading = (async () => {
    for await (const message of output) {
      if (message.kind === 'data') heard.push(message.data.toString());
      isAway = true;
      socket.end();
    }
  })();
  socket.write('hello');
  await assert.rejects(reading, /cannot ask Docker/);
  assert.deepEqual(heard, ['hello']);
});
