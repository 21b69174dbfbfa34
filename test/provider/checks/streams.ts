// The byte streams that the controller asks for: each kind works as it should, or is refused.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import type { StreamInput, StreamOutput } from '../../../common/stream-message.ts';
import type { StreamRequest } from '../../../controller/reconcile/agent-stream.ts';
import { eventually } from '../../kit/eventually.ts';
import { type Offers, STREAMS } from '../offers.ts';
import { exitCodeOf, RUNS_ON } from '../pods.ts';
import type { Trial } from '../trial.ts';

type Kind = (typeof STREAMS)[number];

const PORT = 18_099;
const NO_TERMINAL = { stdin: true, stdout: true, stderr: true, tty: false };

export function checkStreams(trial: Trial, offers: Offers): void {
  const ask = async (request: StreamRequest, inputs: readonly StreamInput[] = []) => {
    assert.ok(trial.fleet.link);
    const stream = await trial.fleet.link.openStream(request, new AbortController().signal);
    for (const input of inputs) await stream.send(input);
    return stream.output;
  };
  const refuses = (request: StreamRequest, error: object) =>
    assert.rejects(async () => {
      for await (const _ of await ask(request));
    }, error);

  const checks: Readonly<Record<Kind, () => Promise<void>>> = {
    async logs() {
      const pod = await trial.run(`echo one; echo two; ${RUNS_ON}`);
      const request = { podUid: pod.metadata.uid, container: 'main', follow: false };
      const read = async (wish: object = {}) =>
        (await heard(await ask({ logs: { ...request, ...wish } }))).data;
      await eventually(async () => (await read()) === 'one\ntwo\n', { what: 'its lines' });
      assert.equal(await read({ tailLines: 1 }), 'two\n');
      let followed = '';
      for await (const message of await ask({ logs: { ...request, follow: true } })) {
        if (message.kind === 'data') followed += message.data;
        if (followed === 'one\ntwo\n') break;
      }
      await refuses({ logs: { ...request, podUid: randomUUID() } }, { code: 'not-found' });
    },
    async exec() {
      const pod = await trial.run(RUNS_ON);
      const command = ['sh', '-c', 'cat; echo trouble >&2; exit 3'];
      const request = { podUid: pod.metadata.uid, container: 'main', command, ...NO_TERMINAL };
      const input = [BEGIN, text('a word'), EOF];
      assert.deepEqual(await heard(await ask({ exec: request }, input)), {
        ...{ data: 'a word', stderr: 'trouble\n', code: 3 },
      });
      await refuses({ exec: { ...request, podUid: randomUUID() } }, { code: 'not-found' });
    },
    async attach() {
      const pod = await trial.run('exec cat', { container: { stdin: true } });
      const request = { podUid: pod.metadata.uid, container: 'main', ...NO_TERMINAL };
      const output = await ask({ attach: request }, [BEGIN, text('a word\n')]);
      assert.equal((await first(output)).toString(), 'a word\n');
    },
    async 'port-forward'() {
      const serves = `until echo hello | nc -l -p ${PORT} | grep -q 'a word'; do :; done; exit 4`;
      const pod = await trial.run(serves, { restartPolicy: 'Never' });
      const portForward = { podUid: pod.metadata.uid, port: PORT };
      // It listens a moment after it runs.
      const answer = await eventually(
        async () => await heard(await ask({ portForward }, [text('a word'), EOF])),
      );
      assert.equal(answer.data, 'hello\n');
      assert.equal(exitCodeOf(await trial.status(pod, ({ phase }) => phase === 'Failed', 'at its end')), 4);
    },
    async 'agent-log'() {
      const output = await ask({ agentLog: { follow: false } });
      const [line = ''] = (await first(output)).toString().split('\n');
      assert.equal(typeof JSON.parse(line), 'object');
    },
    async images() {
      const pull = (image: string) => ({ pullImage: { image, dockerConfigJson: Buffer.alloc(0) } });
      await refuses(pull('127.0.0.1:1/none:1'), { code: 'unavailable', message: /127\.0\.0\.1:1/ });
      await refuses(pull('No Image'), { code: 'invalid' });
    },
  };

  for (const kind of STREAMS) {
    if (offers.has(kind)) it(`serves ${kind}`, checks[kind]);
    else
      it(`refuses ${kind}, which it does not offer`, () =>
        refuses(anyOf(kind), { code: 'invalid', message: /./ }));
  }
}

const BEGIN: StreamInput = { kind: 'begin' };
const EOF: StreamInput = { kind: 'eof' };

function text(words: string): StreamInput {
  return { kind: 'data', data: Buffer.from(words) };
}

async function heard(output: AsyncIterable<StreamOutput>) {
  const all = { data: '', stderr: '', code: undefined as number | undefined };
  for await (const message of output) {
    if (message.kind === 'exit') all.code = message.code;
    else if (message.kind !== 'eof') all[message.kind] += message.data;
  }
  return all;
}

/** Its first bytes; it is left then. */
async function first(output: AsyncIterable<StreamOutput>): Promise<Buffer> {
  for await (const message of output)
    if (message.kind === 'data' && message.data.length > 0) return message.data;
  return assert.fail('it ended without a word');
}

function anyOf(kind: Kind): StreamRequest {
  const container = { podUid: randomUUID(), container: 'main' };
  const requests: Readonly<Record<Kind, StreamRequest>> = {
    logs: { logs: container },
    exec: { exec: { ...container, command: ['true'], stdout: true } },
    attach: { attach: { ...container, stdout: true } },
    'port-forward': { portForward: { podUid: container.podUid, port: PORT } },
    'agent-log': { agentLog: {} },
    images: { pullImage: { image: 'busybox:1' } },
  };
  return requests[kind];
}
