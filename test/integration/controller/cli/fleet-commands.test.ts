import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { before, describe, it } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import { LongshoreError } from '../../../../common/errors.ts';
import type { ConnectionInfo } from '../../../../controller/cli/operator-access.ts';
import { createCliProgram, runProgram } from '../../../../controller/cli/program.ts';
import type { CreateTokenRequest__Output } from '../../../../proto/gen/longshore/v1/CreateTokenRequest.ts';
import type { ListPodsRequest__Output } from '../../../../proto/gen/longshore/v1/ListPodsRequest.ts';
import { createTestAuthority, type KeyPair, type TestAuthority } from '../../../kit/certificates.ts';
import { clearedFleet } from '../../../kit/cleared-fleet.ts';
import { type Handler, OPERATOR_TOKEN, runCli, serveFleet } from '../../../kit/cli.ts';
import { eventually } from '../../../kit/eventually.ts';
import { hastyClockOfThree } from '../../../kit/fleet-of-three.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const clock = new ManualClock('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;

let authority: TestAuthority;
let serving: KeyPair;

before(async () => {
  authority = await createTestAuthority();
  serving = await authority.issue({
    commonName: 'controller',
    use: 'server',
    altNames: ['controller.longshore.internal'],
  });
});

const serve = (handlers: Record<string, Handler>, pair = serving) => serveFleet(handlers, pair);

interface Invocation {
  readonly info?: Partial<ConnectionInfo>;
  readonly signal?: AbortSignal;
}

function longshore(argv: string[], { address }: { address: string }, invocation: Invocation = {}) {
  const info = { address, caPem: authority.caPem, token: OPERATOR_TOKEN, ...invocation.info };
  return runCli(argv, { info, clock, ...(invocation.signal && { signal: invocation.signal }) });
}

const fail = (code: status, details: string) =>
  Object.assign(new Error(details), { code, details, metadata: new Metadata() });

describe('longshore status', () => {
  const fleetStatus = {
    nodeName: 'longshore',
    nodeReady: true,
    controllerVersion: '0.1.0',
    startedAtMs: clock.now() - 5 * HOUR,
    agentsTotal: 1,
    agentsReady: 1,
    agentsSchedulable: 1,
    agentsResting: 0,
    allocatable: { cpu: '4' },
    requested: { cpu: '1' },
    podsByPhase: { Running: 2 },
  };

  it('shows what the controller says', async () => {
    await using controller = await serve({ GetStatus: () => fleetStatus });
    const { code, out, err } = await longshore(['status'], controller);
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    assert.equal(
      out,
      [
        'Node        longshore  Ready',
        'Controller  0.1.0, up 5h',
        'Agents      1 of 1 ready, 1 schedulable',
        'Pods        2 Running',
        '',
        'RESOURCE   REQUESTED   ALLOCATABLE   SHARE',
        'cpu                1             4   #####............... 25%',
        '',
      ].join('\n'),
    );
  });

  it('gives scripts the whole answer', async () => {
    await using controller = await serve({ GetStatus: () => fleetStatus });
    const { out } = await longshore(['status', '-o', 'json'], controller);
    assert.deepEqual(JSON.parse(out), { ...fleetStatus, epoch: 0, waiting: [] });
    const yaml = await longshore(['status', '-o', 'yaml'], controller);
    assert.match(yaml.out, /^nodeName: longshore\n.*^agentsReady: 1$/ms);
  });
});

describe('longshore agents remove', () => {
  it('waits for a controller that is away right after it has taken the removal on', async () => {
    const { GetAgent, RemoveAgent, ...others } = clearedFleet();
    let away = 0;
    await using controller = await serve({
      ...others,
      RemoveAgent(request, call) {
        away = 2;
        return RemoveAgent?.(request, call) ?? {};
      },
      GetAgent(request, call) {
        if (away-- > 0) throw fail(status.UNAVAILABLE, 'this controller is not the leader (yet): try again');
        return GetAgent?.(request, call) ?? {};
      },
    });
    const info = { address: controller.address, caPem: authority.caPem, token: OPERATOR_TOKEN };
    const removal = ['agents', 'remove', 'workshop', '--yes'];
    const { code, out, err } = await runCli(removal, { info, clock: hastyClockOfThree() });
    assert.deepEqual([code, out], [0, 'agent/workshop: 1 pod left\nagent/workshop removed\n'], err);
    assert.match(err, /^(this controller is not the leader \(yet\): try again; trying again\n){2}/);
  });
});

describe('longshore agents list', () => {
  it('prints a table of the agents', async () => {
    const agent = {
      name: 'garage-pi',
      ready: true,
      pods: 2,
      joinedAtMs: clock.now() - HOUR,
      lastSeenMs: clock.now(),
    };
    await using controller = await serve({ ListAgents: () => ({ agents: [agent] }) });
    const { out } = await longshore(['agents', 'list'], controller);
    assert.equal(
      out,
      [
        'NAME        STATUS   PODS   CPU   MEMORY   LAST SEEN   AGE',
        'garage-pi   Ready    2      0     0        0s ago      60m',
        '',
      ].join('\n'),
    );
  });

  it('says how to begin when there are none, and leaves stdout empty', async () => {
    await using controller = await serve({ ListAgents: () => ({}) });
    const { code, out, err } = await longshore(['agents', 'list'], controller);
    assert.deepEqual({ code, out }, { code: 0, out: '' });
    assert.match(err, /longshore tokens create/);
    assert.deepEqual(await longshore(['agents', 'list', '-o', 'json'], controller), {
      code: 0,
      out: '{\n  "agents": []\n}\n',
      err: '',
    });
  });

  it('reads a list of thousands, beyond what gRPC takes by default', async () => {
    const labels = { note: 'x'.repeat(2000) };
    const agents = Array.from({ length: 4000 }, (_, index) => ({ name: `agent-${index}`, labels }));
    await using controller = await serve({ ListAgents: () => ({ agents }) });
    const { code, out } = await longshore(['agents', 'list'], controller);
    assert.equal(code, 0);
    assert.equal(out.split('\n').length, 4002);
  });
});

describe('longshore pods list', () => {
  it('asks for the pods of one agent and namespace', async () => {
    const asked: ListPodsRequest__Output[] = [];
    await using controller = await serve({
      ListPods: (request: ListPodsRequest__Output) => {
        asked.push(request);
        return { pods: [{ namespace: 'default', name: 'web', status: 'Running', agent: 'garage-pi' }] };
      },
    });
    const argv = ['pods', 'list', '--agent', 'garage-pi', '-n', 'default'];
    const { out } = await longshore(argv, controller);
    const pods = { agent: 'garage-pi', namespace: 'default', selector: '' };
    assert.deepEqual(asked, [{ ...pods, usage: false }], 'nothing is measured for a list');
    assert.match(out, /^default +web +0\/0 +Running +0 +garage-pi +<unknown>$/m);
    await longshore(['top', ...argv.filter((word) => word !== 'list')], controller);
    assert.deepEqual(asked[1], { ...pods, usage: true });
  });
});

describe('longshore tokens create', () => {
  it('asks for what the flags say, and prints the token alone to stdout', async () => {
    const asked: CreateTokenRequest__Output[] = [];
    await using controller = await serve({
      CreateToken: (request: CreateTokenRequest__Output) => {
        asked.push(request);
        return {
          token: 'lsj1.a.b.c',
          expiresAtMs: clock.now() + 2 * HOUR,
          controllerAddress: 'ctl.example:7443',
        };
      },
    });
    const flags = [
      '--ttl',
      '2h',
      '--agent',
      'garage-pi',
      '--label',
      'zone=garage',
      '--label',
      'disk=ssd',
      '--reusable',
    ];
    const { code, out, err } = await longshore(['tokens', 'create', ...flags], controller);
    assert.deepEqual({ code, out }, { code: 0, out: 'lsj1.a.b.c\n' });
    assert.match(err, /for 120m.*--controller ctl\.example:7443 --token TOKEN/s);
    assert.deepEqual(asked, [
      { ttlSeconds: 7200, agentName: 'garage-pi', labels: { zone: 'garage', disk: 'ssd' }, reusable: true },
    ]);
  });
});

describe('what can go wrong between the CLI and the controller', () => {
  const answers: [what: string, error: Error, code: number, message: RegExp][] = [
    [
      'a user who may not',
      fail(status.PERMISSION_DENIED, 'system:serviceaccount:x may not list agents'),
      4,
      /^error: the controller does not allow this: system:serviceaccount:x may not list agents\n$/,
    ],
    [
      'a controller that is not the leader',
      fail(status.UNAVAILABLE, 'this controller is not the leader'),
      3,
      /^error: this controller is not the leader\n$/,
    ],
    ['values the controller refuses', fail(status.INVALID_ARGUMENT, 'the label is reserved'), 2, /reserved/],
    ['a defect', fail(status.UNKNOWN, 'boom'), 1, /^error: boom\n$/],
  ];
  for (const [what, error, code, message] of answers) {
    it(`ends with ${code} and the controller's words for ${what}`, async () => {
      await using controller = await serve({ GetStatus: () => Promise.reject(error) });
      const result = await longshore(['status'], controller);
      assert.match(result.err, message);
      assert.deepEqual({ code: result.code, out: result.out }, { code, out: '' });
    });
  }

  it('is a token that has expired', async () => {
    await using controller = await serve({ GetStatus: () => assert.fail('not reached') });
    const { code, err } = await longshore(['status'], controller, { info: { token: 'stale-token' } });
    assert.equal(code, 4);
    assert.equal(err, "error: the controller does not accept the operator's token: the token has expired\n");
    assert.doesNotMatch(err, /stale-token/);
  });

  it('is nobody listening', async () => {
    const free = createTcpServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    const { code, err } = await longshore(['status'], { address: `127.0.0.1:${port}` });
    assert.equal(code, 3);
    assert.match(
      err,
      new RegExp(`^error: cannot reach the controller at 127.0.0.1:${port} \\(ECONNREFUSED\\): .*\n$`),
    );
  });

  it('is a controller of another cluster, whose CA is not the published one', async () => {
    const other = await createTestAuthority('another CA');
    const pair = await other.issue({
      commonName: 'controller',
      use: 'server',
      altNames: ['controller.longshore.internal'],
    });
    await using impostor = await serve({ GetStatus: () => assert.fail('the token must not be sent') }, pair);
    const { code, err } = await longshore(['status'], impostor);
    assert.equal(code, 3);
    assert.match(err, /does not show the certificate .* vouches for/);
  });

  it('is a certificate of the right CA for something else than the controller', async () => {
    const pair = await authority.issue({ commonName: 'agent', use: 'server', altNames: ['agent.internal'] });
    await using impostor = await serve({ GetStatus: () => assert.fail('the token must not be sent') }, pair);
    const { code, err } = await longshore(['status'], impostor);
    assert.equal(code, 3);
    assert.match(err, /does not show the certificate/);
  });

  it('is a published CA that is none', async () => {
    await using controller = await serve({ GetStatus: () => ({}) });
    const { code, err } = await longshore(['status'], controller, { info: { caPem: 'no certificate' } });
    assert.equal(code, 1);
    assert.match(err, /ca\.crt .* is no certificate/);
  });

  it('is a controller that takes longer than --timeout', async () => {
    const called = Promise.withResolvers<void>();
    await using controller = await serve({
      GetStatus: () => {
        called.resolve();
        return new Promise<object>(() => {});
      },
    });
    const { code, err } = await longshore(['status', '--timeout', '1s'], controller);
    await called.promise;
    assert.equal(code, 3);
    assert.match(err, /did not answer within 1 s/);
  });

  it('is something that accepts connections and never speaks', async () => {
    await using silent = createTcpServer(() => {}).listen(0, '127.0.0.1');
    const accepted: { destroy(): void }[] = [];
    silent.on('connection', (socket) => accepted.push(socket));
    await once(silent, 'listening');
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { code, err } = await longshore(['status', '--timeout', '1s'], { address });
    for (const socket of accepted) socket.destroy();
    assert.equal(code, 3);
    assert.match(err, /did not answer within 1 s/);
  });

  it('is the user, who interrupts', async () => {
    const interrupt = new AbortController();
    let cancelled = false;
    await using controller = await serve({
      GetStatus: (_, call) => {
        call.on('cancelled', () => {
          cancelled = true;
        });
        interrupt.abort();
        return new Promise<object>(() => {});
      },
    });
    const { code, err } = await longshore(['status'], controller, { signal: interrupt.signal });
    assert.deepEqual({ code, err }, { code: 130, err: 'error: interrupted\n' });
    await eventually(() => cancelled, { what: 'the call to be cancelled at the controller' });
  });

  it('is the API server, before the controller is asked at all', async () => {
    const err: string[] = [];
    const stderr = { write: (text: string) => err.push(text) };
    const program = createCliProgram({
      operatorAccess: () => ({
        connectionInfo: () => Promise.reject(new LongshoreError('forbidden', 'may not create a token')),
      }),
      cluster: () => assert.fail('not asked'),
      streamClient: () => assert.fail('not asked'),
      confirm: () => assert.fail('not asked'),
      stdout: { write: () => assert.fail('nothing to print') },
      stderr,
      clock,
      env: {},
    });
    assert.equal(await runProgram(program, ['status'], { stderr }), 4);
    assert.deepEqual(err, ['error: may not create a token\n']);
  });
});
