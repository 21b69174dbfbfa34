import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  type ForwardedConnection,
  parsePort,
} from '../../../../../controller/kubelet/stream/forwarded-connection.ts';
import { PAIR_WITHIN_MS, runSpdyForward } from '../../../../../controller/kubelet/stream/spdy-forward.ts';
import {
  FIRST_FORWARD_FORM,
  parseForwardPorts,
} from '../../../../../controller/kubelet/stream/websocket-forward.ts';
import { eventually } from '../../../../kit/eventually.ts';
import { FUZZ } from '../../../../kit/fuzz.ts';
import { ManualClock } from '../../../../kit/manual-clock.ts';
import { type ClientStream, SpdyClient } from '../../../../kit/spdy-client.ts';

describe('parsePort', () => {
  it('takes the numbers of ports and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (port) => assert.equal(parsePort(`${port}`), port)),
      FUZZ,
    );
    for (const text of ['', '0', '65536', '99999', '-1', '+80', '8e1', '80 ', '0x50', '80.0', '٨٠'])
      assert.equal(parsePort(text), undefined, text);
  });
});

describe('parseForwardPorts', () => {
  const parse = (query: string) => parseForwardPorts(new URLSearchParams(query), FIRST_FORWARD_FORM);

  it('gives every port in the order named, repeated or parted by commas', () => {
    assert.deepEqual(parse('port=80,81&port=8080&other=1&port=80'), [80, 81, 8080, 80]);
  });

  it('refuses more than a channel’s number can tell apart', () => {
    const ports = (count: number) => `port=${Array.from({ length: count }, () => 80).join()}`;
    assert.equal(parse(ports(127)).length, 127);
    assert.throws(() => parse(ports(128)), { code: 'invalid', message: 'at most 127 ports at a time' });
  });
});

describe('a SPDY session of forwarded ports', () => {
  it('keeps nothing of half a connection that the client takes back', async () => {
    const [near, far] = duplexPair();
    const clock = new ManualClock();
    const serving = new Set<ForwardedConnection>();
    const over = runSpdyForward(far, (connection) => echo(connection, serving), clock);
    const client = new SpdyClient(near);
    const open = (streamtype: string, requestid: string) =>
      client.open({ streamtype, port: '80', requestid });
    for (let count = 0; count < 1000; count++) (await open('error', `f${count}`)).reset();
    await open('error', 'whole');
    const data = await open('data', 'whole');
    await data.write('hello');
    await eventually(() => String(data.output) === 'hello');
    assert.equal(clock.sleepers, 0);
    client.close();
    await over;
  });

  for (const failure of ['refused', undefined]) {
    it(`goes on for a client that never closes its own half of what ${failure ? 'has failed' : 'has ended well'}`, async () => {
      const [near, far] = duplexPair();
      const over = runSpdyForward(far, (connection) => connection.end(failure), new ManualClock());
      const client = new SpdyClient(near);
      for (let count = 0; count < 600; count++) {
        const pair = { port: '80', requestid: `${count}` };
        const error = await client.open({ ...pair, streamtype: 'error' });
        const data = await client.open({ ...pair, streamtype: 'data' });
        const isOver = () => error.finished && (data.finished || data.resetWith !== undefined);
        await eventually(isOver, { what: `the end of connection ${count}`, everyMs: 1 });
        assert.equal(String(error.output), failure ?? '');
      }
      client.close();
      await over;
    });
  }

  it('drops what still comes of a connection that has ended, and keeps its window open for that', async () => {
    const [near, far] = duplexPair();
    const over = runSpdyForward(far, (connection) => connection.end(), new ManualClock());
    const client = new SpdyClient(near);
    await client.open({ streamtype: 'error', port: '80', requestid: '0' });
    const data = await client.open({ streamtype: 'data', port: '80', requestid: '0' });
    await eventually(() => data.finished, { everyMs: 1 });
    await data.write(Buffer.alloc(1000));
    const opened = { kind: 'window-update', streamId: data.id, delta: 1000 };
    await eventually(() => client.frames.some((frame) => isDeepStrictEqual(frame, opened)), { everyMs: 1 });
    client.close();
    await over;
  });

  it('is over with its client, whatever that has opened, and leaves no connection and no timer', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('open' as const),
        streamtype: fc.constantFrom('data', 'error', 'stdin', ''),
        port: fc.constantFrom('80', '81', '0', 'x'),
        requestid: fc.constantFrom('0', '1', undefined),
      }),
      fc.record({
        kind: fc.constantFrom('write' as const, 'end' as const, 'reset' as const),
        stream: fc.nat(9),
      }),
      fc.record({ kind: fc.constant('wait' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const [near, far] = duplexPair();
        const clock = new ManualClock();
        const serving = new Set<ForwardedConnection>();
        const over = runSpdyForward(far, (connection) => echo(connection, serving), clock);
        const client = new SpdyClient(near);
        const streams: ClientStream[] = [];
        for (const each of steps) {
          if (each.kind === 'open') {
            const { streamtype, port, requestid } = each;
            const request: Record<string, string> = requestid === undefined ? {} : { requestid };
            streams.push(await client.open({ streamtype, port, ...request }));
          } else if (each.kind === 'wait') await clock.advance(PAIR_WITHIN_MS / 2);
          else if (each.kind === 'write') void streams[each.stream]?.write('hello');
          else streams[each.stream]?.[each.kind]();
        }
        client.close();
        await over;
        assert.deepEqual([serving.size, clock.sleepers], [0, 0]);
      }),
      FUZZ,
    );
  });
});

async function echo(connection: ForwardedConnection, serving: Set<ForwardedConnection>): Promise<void> {
  serving.add(connection);
  try {
    for await (const data of connection.input) await connection.write(data);
    await connection.end();
  } catch {
    await connection.end('broken off');
  } finally {
    serving.delete(connection);
  }
}
