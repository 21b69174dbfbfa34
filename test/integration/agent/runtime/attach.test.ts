import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import type { AttachRequest__Output } from '../../../../proto/gen/longshore/v1/AttachRequest.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, scriptContainer, scriptPod } from '../../../kit/pod-machine.ts';
import { createInput } from '../../../kit/stream-input.ts';

/** Says what it is told, and that it has been told no more. */
const ECHO = 'while read line; do echo "got $line"; echo "err $line" >&2; done; echo over; sleep 1000';

const SCRIPTS = {
  open: [ECHO, { stdin: true }],
  once: [`${ECHO.replace('sleep 1000', 'exit 3')}`, { stdin: true, stdinOnce: true }],
  ephemeral: [`${ECHO.replace('sleep 1000', 'exit 3')}`, { stdin: true, stdinOnce: true }],
  left: [ECHO, { stdin: true, stdinOnce: true }],
  terminal: [
    'stty raw -echo; while key=$(dd bs=1 count=1 2>/dev/null | od -An -tx1); do echo "$key" $(stty size); done',
    { stdin: true, tty: true },
  ],
  closed: ['read line; echo "read nothing: $line"; while :; do echo tick; sleep 0.1; done', {}],
  brief: ['read line; echo "last $line"; exit 5', { stdin: true }],
  ended: ['exit 0', {}],
  loud: ['read line; exec cat /dev/zero', { stdin: true }],
} as const;

describe('a client attached to a container', () => {
  let machine: PodMachine;
  let pod: Pod;

  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
    const { ephemeral, ...regular } = SCRIPTS;
    const entries = Object.entries(regular);
    pod = scriptPod(Object.fromEntries(entries.map(([name, [script]]) => [name, script])), {
      restartPolicy: 'Never',
      containers: entries.map(([name, [, more]]) => ({ name, ...more })),
      ephemeralContainers: [scriptContainer('ephemeral', ...ephemeral)],
    });
    await machine.manager.apply(pod);
    for (const name of Object.keys(SCRIPTS)) {
      const state = () => machine.container(pod.metadata.uid, name)?.state;
      await eventually(() => (name === 'ended' ? state()?.terminated : state()?.running), { what: name });
    }
  });
  after(() => machine?.[Symbol.asyncDispose]());

  async function attach(container: keyof typeof SCRIPTS, streams: Partial<AttachRequest__Output> = {}) {
    const request = { podUid: pod.metadata.uid, container, stdin: true, stdout: true, stderr: true };
    const leaving = new AbortController();
    const input = createInput();
    leaving.signal.addEventListener('abort', () => input.end());
    const output = await machine.streams.attach({ ...request, ...streams }, input.messages, leaving.signal);
    input.send({ kind: 'begin' });
    const heard = { stdout: '', stderr: '' };
    const reading = hear(output, heard);
    return {
      heard,
      say: (text: string) => input.send({ kind: 'data', data: Buffer.from(text) }),
      resize: (width: number, height: number) => input.send({ kind: 'resize', size: { width, height } }),
      endInput: () => input.send({ kind: 'eof' }),
      hears: (text: string) =>
        eventually(() => `${heard.stdout}${heard.stderr}`.includes(text), { what: `'${text}'` }),
      /** Resolves with how it has ended. */
      ended: reading,
      async leave() {
        leaving.abort();
        await reading;
      },
    };
  }

  async function hear(output: AsyncIterable<StreamOutput>, heard: { stdout: string; stderr: string }) {
    try {
      for await (const message of output) {
        if (message.kind === 'data') heard.stdout += message.data.toString('latin1');
        if (message.kind === 'stderr') heard.stderr += message.data.toString('latin1');
      }
      return 'ended';
    } catch (error) {
      return String(error);
    }
  }

  const state = (container: keyof typeof SCRIPTS) => machine.container(pod.metadata.uid, container)?.state;

  it('talks with its process, hears both outputs, and leaves it as it was', async () => {
    const first = await attach('open');
    first.say('one\n');
    await first.hears('got one');
    await first.hears('err one');
    assert.deepEqual(first.heard, { stdout: 'got one\n', stderr: 'err one\n' });
    await first.leave();
    const second = await attach('open');
    second.say('two\n');
    await second.hears('got two');
    assert.equal(second.heard.stdout, 'got two\n');
    await second.leave();
    assert.ok(state('open')?.running);
  });

  it('is one of several', async () => {
    const listeners = [await attach('open', { stdin: false }), await attach('open', { stderr: false })];
    const talker = await attach('open');
    await eventually(
      () => {
        talker.say('x\n');
        return listeners.every(({ heard }) => heard.stdout.includes('got x\n'));
      },
      { what: 'that everybody hears it', everyMs: 50 },
    );
    assert.equal(listeners[1]?.heard.stderr, '');
    for (const each of [...listeners, talker]) await each.leave();
  });

  it('that ends its input leaves with it, and the process waits for the next', async () => {
    const client = await attach('open');
    client.endInput();
    assert.equal(await client.ended, 'ended');
    const next = await attach('open');
    next.say('again\n');
    await next.hears('got again');
    await next.leave();
  });

  it('that ends its input ends the process’s with stdinOnce, and stays to the process’s end', async () => {
    for (const name of ['once', 'ephemeral'] as const) {
      const client = await attach(name);
      client.say('all\n');
      client.endInput();
      assert.equal(await client.ended, 'ended');
      assert.equal(client.heard.stdout, 'got all\nover\n');
      await eventually(() => state(name)?.terminated, { what: 'its end' });
      assert.equal(state(name)?.terminated?.exitCode, 3);
    }
  });

  it('that leaves ends the process’s input with stdinOnce, and nothing else', async () => {
    const client = await attach('left');
    client.say('first\n');
    await client.hears('got first');
    await client.leave();
    const next = await attach('left', { stdin: false });
    await eventually(async () => (await machine.output(pod.metadata.uid, 'left')).includes('over'), {
      what: 'the end of its input',
    });
    await next.leave();
    assert.ok(state('left')?.running);
  });

  it('types into its terminal whatever key, and tells it its size', async () => {
    const client = await attach('terminal');
    for (const key of ['\x10', '\x11', '\x03']) {
      client.say(key);
      await client.hears(`${key.charCodeAt(0).toString(16).padStart(2, '0')}`);
    }
    client.resize(101, 33);
    await eventually(() => {
      client.say('s');
      return client.heard.stdout.includes('73 33 101');
    });
    assert.equal(client.heard.stderr, '');
    client.endInput();
    assert.equal(await client.ended, 'ended');
    assert.ok(state('terminal')?.running);
  });

  it('hears a process that has no stdin', async () => {
    const client = await attach('closed');
    client.endInput();
    await client.hears('tick');
    await client.leave();
    assert.match(await machine.output(pod.metadata.uid, 'closed'), /^read nothing: $/m);
  });

  it('hears it out when it ends', async () => {
    const client = await attach('brief');
    client.say('words\n');
    assert.equal(await client.ended, 'ended');
    assert.equal(client.heard.stdout, 'last words\n');
  });

  it('does not read a loud process faster than it can take', async () => {
    const request = { podUid: pod.metadata.uid, container: 'loud', stdin: true, stdout: true, stderr: false };
    const input = createInput();
    const leaving = new AbortController();
    const output = await machine.streams.attach(request, input.messages, leaving.signal);
    input.send({ kind: 'begin' });
    input.send({ kind: 'data', data: Buffer.from('go\n') });
    const reader = output[Symbol.asyncIterator]();
    await reader.next();
    const before = process.memoryUsage().rss;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.ok(process.memoryUsage().rss - before < 32 * 1024 * 1024, 'what nobody reads piles up');
    leaving.abort();
    await Promise.allSettled([reader.next()]);
    assert.ok(state('loud')?.running);
  });

  it('leaves no connection behind, wherever it leaves', async () => {
    const idle = connections();
    const leaving = new AbortController();
    const input = createInput();
    const request = { podUid: pod.metadata.uid, container: 'open', stdin: true, stdout: true, stderr: true };
    await machine.streams.attach(request, input.messages, leaving.signal);
    leaving.abort();
    const clients = await Promise.all(Array.from({ length: 5 }, () => attach('open')));
    for (const client of clients) {
      client.say('x\n');
      await client.hears('got x');
    }
    assert.ok(connections() >= idle + 5);
    for (const client of clients) await client.leave();
    await eventually(() => connections() <= idle, { what: 'the end of its connections' });
  });

  it('is refused of a container that has ended, or is not there', async () => {
    const { name, namespace } = pod.metadata;
    for (const container of ['ended', 'nope'] as 'ended'[]) {
      await assert.rejects(attach(container), {
        code: 'not-found',
        message: `container ${container} not found in pod ${name}_${namespace}`,
      });
    }
  });

  it('does not wait for a container that has ended unseen', async () => {
    const containers = await machine.docker.prompt.listContainers({
      filters: { label: [`io.kubernetes.pod.uid=${pod.metadata.uid}`] },
    });
    const id = containers.find(({ Names }) => Names.some((each) => each.includes('closed')))?.Id ?? '';
    await machine.docker.prompt.getContainer(id).kill();
    // Whether its end has been seen yet is a matter of moments.
    const outcome = await attach('closed').then(({ ended }) => ended, String);
    assert.match(outcome, /container not running|container closed not found in pod/);
  });
});

function connections(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}
