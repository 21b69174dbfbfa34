import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import { saying, stalled } from '../../../kit/agent-commands.ts';
import { eventually } from '../../../kit/eventually.ts';
import { startTestKubelet } from '../../../kit/kubelet-fixture.ts';

describe('run', () => {
  const RUN = '/run/default/web/app?cmd=ls+-l';

  it('answers with all that the command says, word by word as it was asked', async () => {
    let asked: object | undefined;
    await using kubelet = await startTestKubelet(async (request, input, signal) => {
      asked = request;
      const said = [
        { kind: 'data', data: Buffer.from([0xff, 0]) },
        { kind: 'stderr', data: Buffer.from('b') },
      ] as const;
      return saying(...said, { kind: 'data', data: Buffer.from('c') }, { kind: 'exit', code: 0 })(
        request,
        input,
        signal,
      );
    });
    const { status, body } = await kubelet.post(RUN);
    assert.deepEqual([status, body], [200, '\ufffd\0bc']);
    const streams = { stdin: false, stdout: true, stderr: true, tty: false };
    assert.deepEqual(asked, {
      exec: { podUid: 'u-1', container: 'app', command: ['ls', '-l'], ...streams },
    });
  });

  const failures: [what: string, path: string, output: StreamOutput[], status: number, body: RegExp][] = [
    [
      'that fails',
      RUN,
      [
        { kind: 'data', data: Buffer.from('out') },
        { kind: 'stderr', data: Buffer.from('oops') },
        { kind: 'exit', code: 2 },
      ],
      500,
      /^command 'ls -l' exited with 2: oops$/,
    ],
    ['whose end nobody knows', RUN, [], 400, /^nobody knows how the command ended$/],
    [
      'that says too much',
      RUN,
      Array.from({ length: 17 }, () => ({ kind: 'data' as const, data: Buffer.alloc(1024 * 1024) })),
      400,
      /^the command says more than 16777216 bytes/,
    ],
    ['that is none', '/run/default/web/app', [], 400, /^the query has no cmd$/],
    ['in another pod', '/run/default/other/app?cmd=ls', [], 404, /^pod does not exist$/],
    ['in another pod of that name', '/run/default/web/u-2/app?cmd=ls', [], 404, /^pod not found$/],
  ];
  for (const [what, path, output, status, body] of failures) {
    it(`answers ${status} to a command ${what}`, async () => {
      await using kubelet = await startTestKubelet(saying(...output));
      const answer = await kubelet.post(path);
      assert.equal(answer.status, status);
      assert.match(answer.body, body);
    });
  }

  it('is refused while as many are run as their outputs may fill', async () => {
    let open = 0;
    await using kubelet = await startTestKubelet(async (_request, _input, cancelled) => {
      open++;
      return stalled(cancelled);
    });
    const leaving = new AbortController();
    const running = Array.from({ length: 8 }, () => kubelet.post(RUN, leaving.signal).catch(() => undefined));
    await eventually(() => open === 8);
    const answer = await kubelet.post(RUN);
    assert.deepEqual(
      [answer.status, answer.body],
      [429, 'too many commands are run (8); try again when one has ended, or use exec'],
    );
    leaving.abort();
    await Promise.all(running);
  });

  it('is cancelled when its caller leaves', async () => {
    let signal: AbortSignal | undefined;
    await using kubelet = await startTestKubelet(async (_request, _input, cancelled) => {
      signal = cancelled;
      return stalled(cancelled);
    });
    const leaving = new AbortController();
    const answer = kubelet.post(RUN, leaving.signal);
    answer.catch(() => undefined);
    await eventually(() => signal);
    leaving.abort();
    await eventually(() => signal?.aborted);
  });
});
