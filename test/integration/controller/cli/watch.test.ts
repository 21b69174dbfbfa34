import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import { createTestAuthority, type KeyPair } from '../../../kit/certificates.ts';
import { type Handler, memoryCluster, OPERATOR_TOKEN, runCli, serveFleet } from '../../../kit/cli.ts';
import { AGENTS, clockOfThree, EVENTS, PODS, STATUS } from '../../../kit/fleet-of-three.ts';

let caPem: string;
let serving: KeyPair;

before(async () => {
  const authority = await createTestAuthority();
  caPem = authority.caPem;
  serving = await authority.issue({
    ...{ commonName: 'controller', use: 'server' },
    altNames: ['controller.longshore.internal'],
  });
});

/** Runs it until its output matches, then interrupts. */
async function watched(argv: string, handlers: Record<string, Handler>, enough: RegExp, isTTY = false) {
  await using server = await serveFleet(handlers, serving);
  const interrupt = new AbortController();
  const clock = clockOfThree();
  return await runCli(argv.split(' '), {
    info: { address: server.address, caPem, token: OPERATOR_TOKEN },
    ...{ cluster: memoryCluster({ events: EVENTS }), clock, isTTY, signal: interrupt.signal },
    onOutput: (text) => {
      if (enough.test(text)) interrupt.abort();
      else setImmediate(() => clock.advance(2000));
    },
  });
}

const [attic, garage] = AGENTS;
const [big] = PODS;

describe('--watch', () => {
  it('shows what is there, then each change, until it is interrupted', async () => {
    const { code, out, err } = await watched(
      'agents list --watch',
      {
        WatchAgents: (_, call) => {
          call.write({ changed: [attic, garage] });
          call.write({ changed: [{ ...attic, ready: true }] });
          call.write({ gone: [garage] });
        },
      },
      /GONE/,
    );
    assert.deepEqual({ code, err }, { code: 130, err: 'error: interrupted\n' });
    assert.deepEqual(
      out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 3).join(' ')),
      [
        'EVENT NAME STATUS',
        'ADDED attic NotReady',
        'ADDED garage-pi Ready',
        'CHANGED attic Ready',
        'GONE garage-pi Ready',
        '',
      ],
    );
  });

  it('goes on with a new stream when one ends, and tells only what differs', async () => {
    let streams = 0;
    const { out } = await watched(
      'pods list --watch -o json',
      {
        WatchPods: (_, call) => {
          streams += 1;
          if (streams === 1) call.write({ changed: PODS });
          else
            call.write({
              changed: PODS.slice(1)
                .map((pod) => ({ ...pod, restarts: 1 }))
                .slice(0, 1),
            });
          if (streams < 3) call.end();
        },
      },
      /GONE/,
    );
    const told = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      told.map(({ event, pod }) => `${event} ${pod.name}`),
      [
        ...PODS.map(({ name }) => `ADDED ${name}`),
        'CHANGED crash',
        ...PODS.filter(({ name }) => name !== 'crash').map(({ name }) => `GONE ${name}`),
      ],
    );
  });

  it('fails like any command when it cannot begin', async () => {
    const denied = Object.assign(new Error(), { code: 7, details: 'may not list agents' });
    const { code, err } = await watched(
      'agents list -w',
      { WatchAgents: (_, call) => call.emit('error', denied) as never },
      /never/,
    );
    assert.deepEqual(
      { code, err },
      { code: 4, err: 'error: the controller does not allow this: may not list agents\n' },
    );
  });

  it('shows the status anew, on a terminal in its place', async () => {
    let asked = 0;
    const { code, out } = await watched(
      'status --watch --no-color',
      { GetStatus: () => ({ ...STATUS, agentsReady: ++asked }) },
      /2 of 3 ready/,
      true,
    );
    assert.equal(code, 130);
    assert.equal(out.split('\u001b[H\u001b[2J').length, 3);
  });

  it('follows the events of the fleet, and of no other', async () => {
    const { code, out } = await watched(
      'events --watch',
      {
        GetStatus: () => STATUS,
        ListPods: () => ({ pods: PODS }),
        WatchPods: (_, call) => {
          call.write({ changed: [big] });
        },
      },
      /BackOff/,
    );
    assert.equal(code, 130);
    assert.match(out, /^LAST SEEN +TYPE +REASON +AGENT/);
    assert.match(out, /20s \(x40 over 5h\) +Warning +BackOff +garage-pi +pod\/crash/);
    assert.doesNotMatch(out, /of a node that is not ours/);
  });

  it('goes on with the status when the controller was away', async () => {
    let asked = 0;
    const { code, out, err } = await watched(
      'status --watch --no-color',
      {
        GetStatus: () => {
          asked += 1;
          if (asked === 2)
            throw Object.assign(new Error(), { code: 14, details: 'this controller is stopping' });
          return { ...STATUS, agentsReady: asked };
        },
      },
      /3 of 3 ready/,
      true,
    );
    assert.equal(code, 130);
    assert.match(out, /1 of 3 ready/);
    assert.match(err, /^this controller is stopping; trying again\n/);
  });
});

describe('agents logs --follow', () => {
  const line = (second: number, msg: string) =>
    `${JSON.stringify({ level: 'info', time: `2026-03-01T12:00:0${second}Z`, msg })}\n`;

  it('waits for the first line for as long as there is none', async () => {
    const { code, out } = await watched(
      'agents logs garage-pi --tail 0 -f --timeout 1s -o json',
      {
        ReadAgentLog: (_, call) => {
          call.sendMetadata(new Metadata());
          // Later than the time limit for an answer.
          setTimeout(() => call.write({ data: Buffer.from(line(1, 'late')) }), 1500);
        },
      },
      /late/,
    );
    assert.deepEqual({ code, out }, { code: 130, out: line(1, 'late') });
  });

  it('shows each line once when a stream ends and the next begins', async () => {
    // Before 'e' the machine's clock was set back.
    const kept = [line(1, 'a'), line(3, 'b'), line(4, 'c'), line(4, 'd'), line(2, 'e'), line(3, 'f')];
    let streams = 0;
    const tails: unknown[] = [];
    const { out } = await watched(
      'agents logs garage-pi --tail 2 -f -o json',
      {
        ReadAgentLog: ({ tailLines }: { tailLines?: number }, call) => {
          tails.push(tailLines);
          streams += 1;
          const told = [kept.slice(1, 3).join('') + kept[3]?.slice(0, 5), kept.slice(0, 5).join('')];
          call.write({ data: Buffer.from(told[streams - 1] ?? kept.join('')) });
          if (streams < 3) call.end();
        },
      },
      /"f"/,
    );
    assert.equal(out, kept.slice(1).join(''));
    assert.deepEqual(tails, [2, undefined, undefined]);
  });
});
