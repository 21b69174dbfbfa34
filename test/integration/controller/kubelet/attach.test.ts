import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import { hear, SUCCESS } from '../../../kit/agent-commands.ts';
import { eventually } from '../../../kit/eventually.ts';
import { type AgentScript, startTestKubelet } from '../../../kit/kubelet-fixture.ts';

describe('attach', () => {
  const ATTACH = '/attach/default/web/app?input=1&output=1&error=1';
  /** Says what it is given, and ends when the container does: at `end`. */
  const container: AgentScript = async (_request, input) =>
    (async function* (): AsyncGenerator<StreamOutput> {
      for await (const message of input) {
        if (message.kind !== 'data') continue;
        if (String(message.data) === 'end') break;
        yield { kind: 'data', data: message.data };
      }
    })();

  it('asks for the container’s own streams', async () => {
    const asked: object[] = [];
    await using kubelet = await startTestKubelet(async (request, input, signal) => {
      asked.push(request);
      return container(request, input, signal);
    });
    const socket = kubelet.webSocket(`${ATTACH}&tty=1`, 'v5.channel.k8s.io');
    const heard = hear(socket);
    await once(socket, 'open');
    socket.send(Buffer.from('\0end'));
    await eventually(() => heard.closedWith);
    const streams = { stdin: true, stdout: true, stderr: false };
    assert.deepEqual(asked, [{ attach: { podUid: 'u-1', container: 'app', ...streams } }]);
  });

  it('ends well when the container does, over SPDY', async () => {
    await using kubelet = await startTestKubelet(container);
    const client = await kubelet.spdy(ATTACH);
    const error = await client.openReplied({ streamtype: 'error' });
    const stdin = await client.openReplied({ streamtype: 'stdin' });
    const stdout = await client.openReplied({ streamtype: 'stdout' });
    await client.openReplied({ streamtype: 'stderr' });
    await stdin.write('hello');
    await eventually(() => stdout.output.toString() === 'hello');
    await stdin.write('end');
    await eventually(() => error.finished && stdout.finished);
    assert.equal(error.output.toString(), SUCCESS);
    client.close();
  });

  it('ends well when the container does, over WebSocket', async () => {
    await using kubelet = await startTestKubelet(container);
    const socket = kubelet.webSocket(ATTACH, 'v4.channel.k8s.io');
    const heard = hear(socket);
    await once(socket, 'open');
    socket.send(Buffer.from('\0hello'));
    await eventually(() => heard.channels[1] === 'hello');
    socket.send(Buffer.from('\0end'));
    await eventually(() => heard.closedWith);
    assert.equal(heard.channels[3], SUCCESS);
  });

  it('tells of a container that cannot be joined', async () => {
    await using kubelet = await startTestKubelet(async () =>
      (async function* (): AsyncGenerator<StreamOutput> {
        yield* [];
        throw new LongshoreError('not-found', 'container not running (c0ffee)');
      })(),
    );
    const socket = kubelet.webSocket(ATTACH, 'v4.channel.k8s.io');
    const heard = hear(socket);
    await eventually(() => heard.closedWith);
    const { code, message } = JSON.parse(heard.channels[3] ?? '');
    assert.deepEqual(
      [code, message],
      [500, 'Internal error occurred: error attaching to container: container not running (c0ffee)'],
    );
  });
});
