import assert from 'node:assert/strict';
import { type KeyObject, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { connect } from 'node:tls';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type ControllerChannel, openChannel } from '../../../agent/link/controller-channel.ts';
import { certificateRequest } from '../../../agent/link/csr.ts';
import { systemClock } from '../../../common/clock.ts';
import { CONTROLLER_SERVER_NAME } from '../../../common/names.ts';
import { openCertificateAuthority } from '../../../controller/pki/certificate-authority.ts';
import type { AgentMessage } from '../../../proto/gen/longshore/v1/AgentMessage.ts';
import { loadWire, MAX_FRAME_BYTES } from '../../../proto/wire.ts';
import { eventually } from '../../kit/eventually.ts';
import { MemorySecrets } from '../../kit/memory-secrets.ts';
import {
  joinTestAgent,
  RecordingObserver,
  startTestController,
  type TestController,
} from '../../kit/rpc-fixture.ts';

const wire = loadWire();
const HELLO: AgentMessage = {
  hello: { protocolVersion: 1, agentVersion: '0', bootId: 'b', lineage: 'l', epochSeen: 0 },
};
const FACTS: AgentMessage = { facts: { hostname: 'h', os: 'linux', arch: 'amd64' } };

/** A joined agent that speaks the wire by hand. */
async function rawAgent(controller: TestController, name: string) {
  const token = await controller.token();
  const { membership, joined } = await joinTestAgent({ address: controller.address, token, name });
  const identity = { keyPem: membership.record.keyPem, certificatePem: joined.certificatePem };
  const channel = openChannel(wire, {
    address: controller.address,
    caPem: controller.authority.caPem,
    identity,
  });
  return { channel, joined, membership, [Symbol.dispose]: () => channel[Symbol.dispose]() };
}

/** Says these messages in a session; resolves with how the controller ended it. */
async function endOfSession(
  channel: ControllerChannel,
  messages: readonly AgentMessage[],
): Promise<ServiceError> {
  const call = channel.session.Connect();
  call.on('data', () => undefined);
  const ended = once(call, 'error');
  for (const message of messages) call.write(message);
  return (await ended)[0] as ServiceError;
}

const report = (status: unknown): AgentMessage => ({
  report: { uid: 'a', statusJson: Buffer.from(typeof status === 'string' ? status : JSON.stringify(status)) },
});

const measures = (name: string, samples = 1): AgentMessage => ({
  metrics: { families: [{ name, samples: Array.from({ length: samples }, () => ({ value: 1 })) }] },
});

describe('a hostile or broken agent', () => {
  const CASES: Record<string, { says: AgentMessage[]; code: status; message: RegExp }> = {
    'reports before its hello': {
      says: [report({})],
      code: status.INVALID_ARGUMENT,
      message: /'report' out of order: Hello comes first/,
    },
    'says hello twice': {
      says: [HELLO, HELLO],
      code: status.INVALID_ARGUMENT,
      message: /'hello' out of order/,
    },
    'reports before its facts': {
      says: [HELLO, report({})],
      code: status.INVALID_ARGUMENT,
      message: /'report' out of order: MachineFacts come after Hello/,
    },
    'speaks a version from the far future': {
      says: [{ hello: { ...HELLO.hello, protocolVersion: 9 } }],
      code: status.FAILED_PRECONDITION,
      message: /protocol version 9 of the agent does not go with 1/,
    },
    'sends a status that is no JSON': {
      says: [HELLO, FACTS, report('{')],
      code: status.INVALID_ARGUMENT,
      message: /status of pod a is not JSON/,
    },
    'sends a status the API server would refuse': {
      says: [HELLO, FACTS, report({ startTime: 'yesterday' })],
      code: status.INVALID_ARGUMENT,
      message: /status of pod a\.startTime is malformed/,
    },
    'says twice what it measures': {
      says: [HELLO, FACTS, measures('longshore_agent_sessions_total', 2)],
      code: status.INVALID_ARGUMENT,
      message: /metrics 'longshore_agent_sessions_total' has a sample twice/,
    },
    'sends a quantity that is none': {
      says: [HELLO, { facts: { ...FACTS.facts, capacity: { cpu: 'lots' } } }],
      code: status.INVALID_ARGUMENT,
      message: /facts\.capacity 'cpu' is no quantity/,
    },
    'sends more in one message than is allowed': {
      says: [HELLO, FACTS, report({ message: 'x'.repeat(3_000_000) })],
      code: status.RESOURCE_EXHAUSTED,
      message: /larger than max/,
    },
  };
  for (const [what, { says, code, message }] of Object.entries(CASES)) {
    it(`is told so in one line when it ${what}`, async () => {
      await using controller = await startTestController();
      using agent = await rawAgent(controller, 'raw');
      const error = await endOfSession(agent.channel, says);
      assert.equal(error.code, code, error.details);
      assert.match(error.details, message);
      assert.ok(!error.details.includes('\n'));
    });
  }

  it('cannot preset where its pod is placed', async () => {
    const seen: unknown[] = [];
    const observer = new RecordingObserver();
    observer.report = (_agent, _uid, podStatus) => void seen.push(podStatus);
    await using controller = await startTestController({ observer });
    using agent = await rawAgent(controller, 'raw');
    const call = agent.channel.session.Connect();
    call.on('data', () => undefined).on('error', () => undefined);
    const placed = { type: 'longshore.dev/Placed', status: 'True', message: 'agent=other' };
    for (const message of [
      HELLO,
      FACTS,
      report({ phase: 'Running', conditions: [placed], nominatedNodeName: 'x' }),
    ]) {
      call.write(message);
    }
    await eventually(() => seen.length === 1);
    assert.deepEqual(seen, [{ phase: 'Running', conditions: [] }]);
  });

  it('is dropped when it says nothing at all', async () => {
    const session = {
      heartbeatIntervalMs: 100,
      silenceMs: 300,
      messages: { perSecond: 100, burst: 100 },
      maxOutbox: 100,
      maxEvents: 10,
    };
    await using controller = await startTestController({ limits: { session } });
    using agent = await rawAgent(controller, 'raw');
    const error = await endOfSession(agent.channel, []);
    assert.equal(error.code, status.UNAVAILABLE);
    assert.match(error.details, /nothing was heard of the agent for 0\.3 s/);
  });

  it('is read no faster than its rate', async () => {
    const session = {
      heartbeatIntervalMs: 10_000,
      silenceMs: 30_000,
      messages: { perSecond: 20, burst: 5 },
      maxOutbox: 100,
      maxEvents: 10,
    };
    await using controller = await startTestController({ limits: { session } });
    const observer = controller.observer as RecordingObserver;
    using agent = await rawAgent(controller, 'raw');
    const call = agent.channel.session.Connect();
    call.on('data', () => undefined).on('error', () => undefined);
    const startedAt = performance.now();
    call.write(HELLO);
    call.write(FACTS);
    for (let index = 0; index < 23; index++) call.write(report({ phase: 'Running' }));
    await eventually(() => observer.told.filter((line) => line.startsWith('report')).length === 23);
    assert.ok(performance.now() - startedAt > 900, 'twenty beyond the burst take a second');
  });

  it('is heard of what it measures no more often than anybody asks, and of nothing that agents do not measure', async () => {
    const observer = new RecordingObserver();
    await using controller = await startTestController({ observer });
    using agent = await rawAgent(controller, 'pi');
    const call = agent.channel.session.Connect();
    call.on('data', () => undefined);
    call.on('error', () => undefined);
    call.write(HELLO);
    call.write(FACTS);
    call.write(measures('longshore_leader'));
    for (let index = 0; index < 200; index++) call.write(measures('longshore_agent_sessions_total'));
    call.write(report({ phase: 'Running' }));
    await eventually(() => observer.told.includes('report a Running'));
    const heard = observer.told.filter((line) => line.startsWith('metrics '));
    assert.ok(heard.length <= 8, `heard ${heard.length} times`);
    assert.deepEqual(heard.slice(0, 2), ['metrics pi ', 'metrics pi longshore_agent_sessions_total']);
    call.cancel();
  });

  it('cannot take a stream that was meant for another agent', async () => {
    await using controller = await startTestController();
    const observer = controller.observer as RecordingObserver;
    using victim = await rawAgent(controller, 'victim');
    using thief = await rawAgent(controller, 'thief');
    const session = victim.channel.session.Connect();
    const asked = new Promise<string>((resolve) => {
      session.on('data', (message) => message.openStream && resolve(message.openStream.streamId));
    });
    session.on('error', () => undefined);
    session.write(HELLO);
    session.write(FACTS);
    await eventually(() => observer.links.length === 1);
    const cancel = new AbortController();
    const opening = observer.link.openStream({ logs: { podUid: 'a', container: 'c' } }, cancel.signal);
    const streamId = await asked;

    const stolen = thief.channel.streams.Open();
    const refused = once(stolen, 'error');
    stolen.on('data', () => undefined);
    stolen.write({ opened: { streamId } });
    const [error] = (await refused) as [ServiceError];
    assert.equal(error.code, status.NOT_FOUND);
    assert.match(error.details, /nobody waits for this stream/);

    const own = victim.channel.streams.Open();
    own.on('data', () => undefined).on('error', () => undefined);
    own.write({ opened: { streamId } });
    own.write({ data: Buffer.from('mine') });
    own.write({ end: { result: 'STREAM_RESULT_OK' } });
    const bytes: Buffer[] = [];
    for await (const message of (await opening).output) if (message.kind === 'data') bytes.push(message.data);
    assert.equal(Buffer.concat(bytes).toString(), 'mine');
  });

  it('cannot send frames larger than agreed', async () => {
    await using controller = await startTestController();
    const observer = controller.observer as RecordingObserver;
    using agent = await rawAgent(controller, 'raw');
    const session = agent.channel.session.Connect();
    session.on('error', () => undefined);
    session.on('data', ({ openStream }) => {
      if (!openStream) return;
      const call = agent.channel.streams.Open();
      call.on('data', () => undefined).on('error', () => undefined);
      call.write({ opened: { streamId: openStream.streamId } });
      call.write({ data: Buffer.alloc(MAX_FRAME_BYTES + 1) });
    });
    session.write(HELLO);
    session.write(FACTS);
    await eventually(() => observer.links.length === 1);
    await assert.rejects(
      observer.link.openStream({ logs: { podUid: 'a', container: 'c' } }, new AbortController().signal),
      new RegExp(`more than ${MAX_FRAME_BYTES} bytes`),
    );
  });
});

describe('a stranger', () => {
  it('without a certificate opens neither session nor stream', async () => {
    await using controller = await startTestController();
    using channel = openChannel(wire, { address: controller.address, caPem: controller.authority.caPem });
    const session = await endOfSession(channel, [HELLO]);
    assert.equal(session.code, status.UNAUTHENTICATED);
    assert.match(session.details, /no valid agent certificate/);
    const call = channel.streams.Open();
    call.on('data', () => undefined);
    const [error] = (await once(call, 'error')) as [ServiceError];
    assert.equal(error.code, status.UNAUTHENTICATED);
  });

  it('with a certificate of another CA is no one', async () => {
    await using controller = await startTestController();
    const { membership, joined } = await joinTestAgent({
      address: controller.address,
      token: await controller.token(),
    });
    const other = await openCertificateAuthority({ secrets: new MemorySecrets(), clock: systemClock });
    const request = await other.readRequest(certificateRequest(membership.key, joined.name));
    const certificatePem = await other.issueClient(request, joined);
    using channel = openChannel(wire, {
      address: controller.address,
      caPem: controller.authority.caPem,
      identity: { keyPem: membership.record.keyPem, certificatePem },
    });
    assert.equal((await endOfSession(channel, [HELLO])).code, status.UNAUTHENTICATED);
  });

  it('with the right certificate for an agent made anew under the same name is refused', async () => {
    await using controller = await startTestController();
    using agent = await rawAgent(controller, 'raw');
    controller.agents.drop('raw');
    await joinTestAgent({ address: controller.address, token: await controller.token(), name: 'raw' });
    const error = await endOfSession(agent.channel, [HELLO]);
    assert.equal(error.code, status.UNAUTHENTICATED);
    assert.match(error.details, /not of this fleet any more/);
  });

  it('cannot renew a key that no agent has', async () => {
    await using controller = await startTestController();
    const { membership } = await joinTestAgent({
      address: controller.address,
      token: await controller.token(),
    });
    await using empty = await startTestController({ secrets: controller.secrets });
    using channel = openChannel(wire, { address: empty.address, caPem: controller.authority.caPem });
    const csrDer = certificateRequest(membership.key, 'garage-pi');
    const error = await new Promise<ServiceError | null>((resolve) =>
      channel.enrollment.Renew({ csrDer }, resolve),
    );
    assert.equal(error?.code, status.UNAUTHENTICATED);
  });

  it('hears of no removal but its own: the certificate must be of this CA, and its key at hand', async () => {
    await using controller = await startTestController();
    const token = await controller.token();
    const { membership, joined } = await joinTestAgent({ address: controller.address, token });
    controller.agents.drop(joined.name);
    await using elsewhere = await startTestController();
    const other = await joinTestAgent({ address: elsewhere.address, token: await elsewhere.token() });
    using channel = openChannel(wire, { address: controller.address, caPem: controller.authority.caPem });
    const der = (pem: string) => new X509Certificate(pem).raw;
    const renewal = (key: KeyObject, certificateDer: Buffer) =>
      new Promise<{ error: ServiceError | null; removed: unknown }>((resolve) =>
        channel.enrollment.Renew(
          { csrDer: certificateRequest(key, 'garage-pi'), certificateDer },
          (error, reply) => resolve({ error, removed: reply?.removed }),
        ),
      );
    for (const [what, key, certificateDer, code] of [
      ['the key of another', other.membership.key, der(joined.certificatePem), status.UNAUTHENTICATED],
      ['another CA', other.membership.key, der(other.joined.certificatePem), status.UNAUTHENTICATED],
      ['no certificate', membership.key, Buffer.from('certificate'), status.UNAUTHENTICATED],
      ['one too large', membership.key, Buffer.alloc(9000), status.INVALID_ARGUMENT],
    ] as const) {
      const { error, removed } = await renewal(key, certificateDer);
      assert.deepEqual([error?.code, removed], [code, undefined], what);
    }
    const { removed } = await renewal(membership.key, der(joined.certificatePem));
    assert.match(JSON.stringify(removed), /"epoch":1,"reason":".*not of this fleet any more/);
  });

  it('that speaks no HTTP/2 leaves the port working', async () => {
    await using controller = await startTestController();
    const socket = connect({
      port: controller.server.port,
      host: '127.0.0.1',
      servername: CONTROLLER_SERVER_NAME,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    socket.resume();
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await once(socket, 'close');
    const { joined } = await joinTestAgent({ address: controller.address, token: await controller.token() });
    assert.equal(joined.name, 'garage-pi');
  });
});

describe('the serving certificate', () => {
  it('is replaced without a restart: new connections see the new one, live sessions go on', async () => {
    await using controller = await startTestController();
    const observer = controller.observer as RecordingObserver;
    using agent = await rawAgent(controller, 'raw');
    const call = agent.channel.session.Connect();
    call.on('data', () => undefined).on('error', () => undefined);
    call.write(HELLO);
    call.write(FACTS);
    await eventually(() => observer.told.includes('facts raw h'));
    const next = await controller.authority.issueServing({
      dnsNames: [CONTROLLER_SERVER_NAME, 'second.example'],
      ipAddresses: [],
    });
    controller.server.replaceTls({ ...next, caPem: controller.authority.caPem });
    assert.throws(
      () =>
        controller.server.replaceTls({
          ...next,
          keyPem: agent.membership.record.keyPem,
          caPem: next.certificatePem,
        }),
      /does not fit its key/,
    );

    const socket = connect({
      port: controller.server.port,
      host: '127.0.0.1',
      servername: CONTROLLER_SERVER_NAME,
      ca: controller.authority.caPem,
      ALPNProtocols: ['h2'],
    });
    await once(socket, 'secureConnect');
    assert.match(String(socket.getPeerCertificate().subjectaltname), /second\.example/);
    socket.destroy();
    call.write(report({ phase: 'Running' }));
    await eventually(() => observer.told.includes('report a Running'));
  });
});

describe('the port', () => {
  it('that is taken is said to be, with what to do', async () => {
    await using controller = await startTestController();
    await assert.rejects(
      startTestController({ port: controller.server.port }),
      /^LongshoreError: cannot listen for agents on 127\.0\.0\.1:\d+: it is in use; choose another address with --grpc-listen$/,
    );
  });
});

describe('the health service', () => {
  it('tells the leader from a standby', async () => {
    await using controller = await startTestController();
    const { Client, ChannelCredentials } = await import('@grpc/grpc-js');
    const client = new Client(
      controller.address,
      ChannelCredentials.createSsl(Buffer.from(controller.authority.caPem)),
      { 'grpc.ssl_target_name_override': CONTROLLER_SERVER_NAME },
    );
    const { Check } = wire.health;
    const check = (service: string) =>
      new Promise<string>((resolve) => {
        client.makeUnaryRequest(
          Check.path,
          Check.requestSerialize,
          Check.responseDeserialize,
          { service },
          new Metadata(),
          (error, reply) => resolve(error ? status[error.code] : String(reply?.status)),
        );
      });
    const all = async () => [await check(''), await check('longshore.v1.Session'), await check('nothing')];
    assert.deepEqual(await all(), ['SERVING', 'SERVING', 'NOT_FOUND']);
    controller.server.setLeader(undefined);
    assert.deepEqual(await all(), ['SERVING', 'NOT_SERVING', 'NOT_FOUND']);
    client.close();
  });
});
