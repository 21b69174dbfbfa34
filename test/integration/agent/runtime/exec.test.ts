import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { globalAgent } from 'node:http';
import { availableParallelism } from 'node:os';
import { after, before, describe, it } from 'node:test';
import type { Exec, ExecStartOptions } from 'dockerode';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import type { ExecRequest__Output } from '../../../../proto/gen/longshore/v1/ExecRequest.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, scriptPod } from '../../../kit/pod-machine.ts';
import { createInput, type InputFeed } from '../../../kit/stream-input.ts';

interface Ended {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number | undefined;
}

describe('a command in a container', () => {
  let machine: PodMachine;
  let uid: string;
  let streams: PodMachine['streams'];

  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
    streams = machine.streams;
    const pod = scriptPod({ main: 'exec sleep 1000', other: 'exit 0' }, { restartPolicy: 'Never' });
    uid = pod.metadata.uid;
    await machine.manager.apply(pod);
    await eventually(() => machine.container(uid)?.state?.running, { what: 'the container' });
    await eventually(() => machine.container(uid, 'other')?.state?.terminated, {
      what: 'the other one to end',
    });
  });
  after(() => machine?.[Symbol.asyncDispose]());

  const request = (command: string[], streams: Partial<ExecRequest__Output> = {}): ExecRequest__Output => ({
    ...{ podUid: uid, container: 'main', command },
    ...{ stdin: false, stdout: true, stderr: true, tty: false },
    ...streams,
  });

  async function start(asked: ExecRequest__Output, signal = new AbortController().signal) {
    const input = createInput();
    const output = await streams.exec(asked, input.messages, signal);
    input.send({ kind: 'begin' });
    return { input, output };
  }

  async function ended(output: AsyncIterable<StreamOutput>): Promise<Ended> {
    const stdout: Buffer[] = [];
    let stderr = '';
    let code: number | undefined;
    for await (const message of output) {
      if (message.kind === 'data') stdout.push(message.data);
      if (message.kind === 'stderr') stderr += message.data.toString();
      if (message.kind === 'exit') code = message.code;
    }
    return { stdout: Buffer.concat(stdout), stderr, code };
  }

  async function run(script: string, feed: (input: InputFeed) => void = () => undefined): Promise<Ended> {
    const { input, output } = await start(request(['sh', '-c', script], { stdin: true }));
    feed(input);
    return ended(output);
  }

  for (const [script, code] of [
    ['exit 0', 0],
    ['exit 7', 7],
    ['exit 126', 126],
    ['exit 127', 127],
    ['exit 255', 255],
    ['kill -9 $$', 137],
    ['kill -15 $$', 143],
  ] as const) {
    it(`that does '${script}' ends with ${code}`, async () => {
      assert.equal((await run(script)).code, code);
    });
  }

  it('that is not there ends with 127 and says so on stderr', async () => {
    const { output } = await start(request(['nosuch']));
    const { stdout, stderr, code } = await ended(output);
    assert.deepEqual([stdout.length, code], [0, 127]);
    assert.match(stderr, /executable file not found/);
  });

  it('that is not there says so at its terminal', async () => {
    const { output } = await start(request(['nosuch'], { stdin: true, stderr: false, tty: true }));
    const { stdout, stderr, code } = await ended(output);
    assert.deepEqual([stderr, code], ['', 127]);
    assert.match(stdout.toString(), /executable file not found/);
  });

  it('that cannot be run ends with 126 and says so on stderr', async () => {
    const { output } = await start(request(['/etc/passwd']));
    const { stdout, stderr, code } = await ended(output);
    assert.deepEqual([stdout.length, code], [0, 126]);
    assert.match(stderr, /permission denied/);
  });

  it('keeps its two outputs apart', async () => {
    const { stdout, stderr } = await run('echo out; echo err >&2');
    assert.deepEqual([stdout.toString(), stderr], ['out\n', 'err\n']);
  });

  it('gets 5 MiB through its stdin and gives them back, byte for byte', async () => {
    const sent = randomBytes(5 * 1024 * 1024);
    const { stdout, code } = await run('cat; exit 7', (input) => {
      for (let offset = 0; offset < sent.length; offset += 32 * 1024)
        input.send({ kind: 'data', data: sent.subarray(offset, offset + 32 * 1024) });
      input.send({ kind: 'eof' });
    });
    assert.equal(stdout.equals(sent), true);
    assert.equal(code, 7);
  });

  it('goes on with its output when its stdin has ended', async () => {
    const { stdout } = await run(
      'cat > /dev/null; for i in 1 2 3; do sleep 0.1; echo after $i; done',
      (input) => {
        input.send({ kind: 'data', data: Buffer.from('all of it') });
        input.send({ kind: 'eof' });
      },
    );
    assert.equal(stdout.toString(), 'after 1\nafter 2\nafter 3\n');
  });

  it('has no stdin that was not asked for', async () => {
    const { output } = await start(request(['cat']));
    assert.deepEqual(await ended(output), { stdout: Buffer.alloc(0), stderr: '', code: 0 });
  });

  it('has a terminal of the size it is told, before and while it runs', async () => {
    const { input, output } = await start(request(['sh'], { stdin: true, tty: true }));
    input.send({ kind: 'resize', size: { width: 101, height: 33 } });
    const text = { seen: '' };
    const reading = (async () => {
      let code: number | undefined;
      for await (const message of output) {
        if (message.kind === 'data') text.seen += message.data.toString();
        if (message.kind === 'exit') code = message.code;
      }
      return code;
    })();
    const sizeIs = (size: string) =>
      eventually(
        () => {
          input.send({ kind: 'data', data: Buffer.from('stty size\n') });
          return text.seen.includes(`\n${size}\r`);
        },
        { what: size, everyMs: 200 },
      );
    await sizeIs('33 101');
    input.send({ kind: 'resize', size: { width: 90, height: 25 } });
    await sizeIs('25 90');
    input.send({ kind: 'data', data: Buffer.from('exit 9\n') });
    assert.equal(await reading, 9);
  });

  it('does not run before its beginning, and not at all when its client leaves before', async () => {
    const input = createInput();
    const output = await streams.exec(
      request(['touch', '/tmp/ran']),
      input.messages,
      new AbortController().signal,
    );
    input.end();
    assert.equal((await ended(output)).code, undefined);
    assert.equal((await run('test -e /tmp/ran')).code, 1);
  });

  it('is read no faster than its reader reads', async () => {
    const { output } = await start(request(['cat', '/dev/zero']));
    const reader = output[Symbol.asyncIterator]();
    await reader.next();
    const before = process.memoryUsage().rss;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.ok(process.memoryUsage().rss - before < 32 * 1024 * 1024, 'what nobody reads piles up');
    await reader.return?.();
  });

  it('leaves neither connection nor process behind when its client goes', async () => {
    const isSocket = (fd: string) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
      } catch {
        return false;
      }
    };
    // Without those that are kept a while for the next request.
    const connections = () =>
      readdirSync('/proc/self/fd').filter(isSocket).length -
      Object.values(globalAgent.freeSockets).flat().length;
    const idle = connections();
    const leaving = new AbortController();
    const outputs = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const { input, output } = await start(request(['cat'], { stdin: true }), leaving.signal);
        input.send({ kind: 'data', data: Buffer.from('x') });
        const reader = output[Symbol.asyncIterator]();
        await reader.next();
        return reader;
      }),
    );
    assert.ok(connections() >= idle + 5);
    leaving.abort();
    await Promise.allSettled(outputs.map((reader) => reader.next()));
    await eventually(() => connections() <= idle, { what: 'the end of its connections' });
    await eventually(async () => (await run('pgrep -x cat || echo none')).stdout.toString() === 'none\n', {
      what: 'the end of its processes',
    });
  });

  it('hangs up on what ran before a terminal that is gone', async () => {
    const leaving = new AbortController();
    const shell = request(['sh', '-c', 'echo ready; while :; do sleep 0.1; done'], {
      stdin: true,
      tty: true,
    });
    const { output } = await start(shell, leaving.signal);
    const reader = output[Symbol.asyncIterator]();
    await reader.next();
    const shells = async () => (await run("ps | grep -c 'echo read[y]'")).stdout.toString().trim();
    assert.equal(await shells(), '1');
    leaving.abort();
    await Promise.allSettled([reader.next()]);
    await eventually(async () => (await shells()) === '0', { what: 'the end of the shell' });
  });

  it('waits for the exit code of one that has closed its output', async () => {
    assert.equal((await run('exec >&- 2>&- <&-; sleep 1; exit 5')).code, 5);
  });

  it('runs fifty at a time, of which no more than 4 for each CPU are being started', async (t) => {
    const { patient } = machine.docker;
    const getExec = patient.getExec.bind(patient);
    const told: Exec[] = [];
    const counts: Promise<number>[] = [];
    // What was told to start before now, and is seen not to run after now, is being started now.
    const countStarting = async () => {
      const found = await Promise.all(told.map((exec) => exec.inspect()));
      return found.filter(({ Pid, ExitCode }) => Pid === 0 && ExitCode === null).length;
    };
    t.mock.method(patient, 'getExec', (id: string) => {
      const exec = getExec(id);
      const start = exec.start.bind(exec);
      t.mock.method(exec, 'start', (options: ExecStartOptions) => {
        told.push(exec);
        counts.push(countStarting());
        return start(options);
      });
      return exec;
    });
    const codes = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const { stdout, code } = await run(`sleep 0.2; echo ${index}; exit ${index}`);
        assert.equal(stdout.toString(), `${index}\n`);
        return code;
      }),
    );
    assert.deepEqual(
      codes,
      codes.map((_, index) => index),
    );
    assert.equal(counts.length, 50);
    const most = Math.max(...(await Promise.all(counts)));
    assert.ok(most > 0 && most <= 4 * availableParallelism(), `${most} at once`);
  });

  for (const [what, asked, message] of [
    ['of a container that has ended', { container: 'other' }, 'container not found ("other")'],
    ['of a container that is not there', { container: 'nope' }, 'container not found ("nope")'],
    ['of a pod that is not there', { podUid: 'nobody' }, 'pod with UID "nobody" does not exist'],
  ] as const) {
    it(`is refused ${what}`, async () => {
      await assert.rejects(start(request(['true'], asked)), { code: 'not-found', message });
    });
  }
});
