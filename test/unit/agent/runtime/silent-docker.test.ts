// Streams that Docker keeps waiting: they end with their client's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { openAttach } from '../../../../agent/runtime/attach.ts';
import type { DockerClients } from '../../../../agent/runtime/docker-clients.ts';
import { openExec } from '../../../../agent/runtime/exec.ts';
import { systemClock } from '../../../../common/clock.ts';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import { Turns } from '../../../../common/turns.ts';
import { eventually } from '../../../kit/eventually.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { createInput } from '../../../kit/stream-input.ts';

type Question = 'create' | 'start' | 'inspect exec' | 'attach' | 'inspect';

/** Answers all but one question. A command ends at once, a container goes on; what is late is `late`. */
function dockerWithout(silent: Question) {
  const asked = new Set<Question>();
  const late = Promise.withResolvers<PassThrough>();
  const answer = async <T>(question: Question, value: T): Promise<T | PassThrough> => {
    asked.add(question);
    return question === silent ? late.promise : value;
  };
  const exec = {
    start: () => answer('start', new PassThrough().end()),
    inspect: () => answer('inspect exec', { Running: false, ExitCode: 0, Pid: 0 }),
    resize: async () => undefined,
  };
  const container = {
    exec: () => answer('create', { id: 'x' }),
    inspect: () => answer('inspect', { State: { Running: true } }),
    resize: async () => undefined,
  };
  const client = {
    getContainer: () => container,
    getExec: () => exec,
    modem: {
      dial: (_request: unknown, done: (error: unknown, socket: unknown) => void) =>
        void answer('attach', new PassThrough()).then((socket) => done(null, socket)),
    },
  };
  return { asked, late, clients: { prompt: client, patient: client } as unknown as DockerClients };
}

const STREAMS = { containerId: 'c', stdin: false, stdout: true, stderr: true, tty: false };

describe('a stream that Docker keeps waiting ends when its client leaves', () => {
  const questions: [kind: 'exec' | 'attach', silent: Question][] = [
    ['exec', 'create'],
    ['exec', 'start'],
    ['exec', 'inspect exec'],
    ['attach', 'attach'],
    ['attach', 'inspect'],
  ];
  for (const [kind, silent] of questions) {
    it(`${kind}, at ${silent}`, { timeout: 5000 }, async () => {
      const { asked, late, clients } = dockerWithout(silent);
      const client = new AbortController();
      const input = createInput();
      input.send({ kind: 'begin' });
      const context = {
        docker: clients,
        starts: new Turns(1),
        clock: new ManualClock(),
        signal: client.signal,
      };
      const output =
        kind === 'exec'
          ? openExec({ ...STREAMS, command: ['true'] }, input.messages, context)
          : openAttach(STREAMS, input.messages, context);
      const ended = assert.rejects(read(output), /the client left/);
      await eventually(() => asked.has(silent), { what: 'the question' });
      client.abort(new Error('the client left'));
      await ended;
      const answer = new PassThrough();
      late.resolve(answer);
      if (silent === 'start' || silent === 'attach')
        await eventually(() => answer.destroyed, { what: 'the end of a connection that came late' });
    });
  }
});

it('a terminal whose client left before Docker had started its command is hung up on once it runs', async () => {
  const child = spawn('sleep', ['100'], { detached: true, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const { late, asked, clients } = dockerWithout('start');
  // Docker says that it runs before it does; a colon is in the name of every control group.
  const looks = [0, child.pid];
  const inspect = async () => ({ Running: true, ExitCode: null, Pid: looks.shift(), ContainerID: ':' });
  Object.assign(clients.prompt.getExec('x'), { inspect });
  const client = new AbortController();
  const input = createInput();
  input.send({ kind: 'begin' });
  const context = { docker: clients, starts: new Turns(1), clock: systemClock, signal: client.signal };
  const output = openExec({ ...STREAMS, tty: true, command: ['sh'] }, input.messages, context);
  const over = assert.rejects(read(output), /the client left/);
  await eventually(() => asked.has('start'), { what: 'the start' });
  client.abort(new Error('the client left'));
  await over;
  late.resolve(new PassThrough());
  assert.deepEqual(await ended, [null, 'SIGHUP']);
});

async function read(output: AsyncIterable<StreamOutput>): Promise<void> {
  for await (const _ of output);
}
