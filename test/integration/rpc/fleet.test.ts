import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import {
  ChannelCredentials,
  Client,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { parseJoinToken } from '../../../common/join-token.ts';
import { CONTROLLER_SERVER_NAME } from '../../../common/names.ts';
import type { AccessReviewer, ResourceAttributes } from '../../../controller/model/access.ts';
import { loadWire } from '../../../proto/wire.ts';
import { joinTestAgent, startTestController, type TestController } from '../../kit/rpc-fixture.ts';

const { fleet } = loadWire();

/** Knows one operator by the token `good`, and may be told what it may not. */
class Reviewer implements AccessReviewer {
  readonly asked: ResourceAttributes[] = [];
  readonly audiences: unknown[] = [];
  forbidden: string | undefined;
  down = false;

  async authenticate(token: string, audiences?: readonly string[]) {
    if (this.down) throw new Error('the API server is away');
    this.audiences.push(audiences);
    return token === 'good' ? { name: 'ann', groups: [] } : undefined;
  }

  async authorize(_user: unknown, attributes: ResourceAttributes) {
    this.asked.push(attributes);
    return { allowed: attributes.verb !== this.forbidden, reason: '' };
  }
}

async function call(
  controller: TestController,
  method: keyof typeof fleet,
  request: object,
  authorization = 'Bearer good',
): Promise<{ reply?: Record<string, unknown>; error?: ServiceError }> {
  const client = new Client(
    controller.address,
    ChannelCredentials.createSsl(Buffer.from(controller.authority.caPem)),
    { 'grpc.ssl_target_name_override': CONTROLLER_SERVER_NAME },
  );
  const metadata = new Metadata();
  if (authorization) metadata.set('authorization', authorization);
  const { path, requestSerialize, responseDeserialize } = fleet[method] as MethodDefinition<object, object>;
  try {
    return await new Promise((resolve) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        (error, reply) => resolve(error ? { error } : { reply: reply as Record<string, unknown> }),
      );
    });
  } finally {
    client.close();
  }
}

const METHODS = ['GetStatus', 'ListAgents', 'ListPods', 'CreateToken'] as const;

describe('the fleet service', () => {
  it('asks the API server for the right permission, with our audience', async () => {
    const reviewer = new Reviewer();
    await using controller = await startTestController({ reviewer });
    for (const method of METHODS) assert.equal((await call(controller, method, {})).error, undefined);
    const read = { group: 'longshore.dev', version: 'v1alpha1', resource: 'agents', verb: 'list' };
    const create = { ...read, verb: 'create', subresource: 'tokens' };
    assert.deepEqual(reviewer.asked, [read, read, read, create]);
    assert.deepEqual(reviewer.audiences[0], ['longshore']);
  });

  it('shows and changes agents for those who may', async () => {
    const reviewer = new Reviewer();
    await using controller = await startTestController({ reviewer });
    await controller.agents.create({ name: 'shed', labels: {}, publicKeyHash: '0' });
    const wish = {
      name: 'shed',
      ...{ setLabels: { zone: 'garden' }, unschedulable: true },
      setTaints: [{ key: 'wet', effect: 'NoExecute' }],
    };
    const { reply } = await call(controller, 'UpdateAgent', wish);
    assert.equal(reply?.['changed'], true);
    assert.deepEqual(controller.agents.get('shed')?.spec, {
      ...{ labels: { zone: 'garden' }, publicKeyHash: '0', unschedulable: true },
      taints: [{ key: 'wet', effect: 'NoExecute' }],
    });
    assert.equal((await call(controller, 'UpdateAgent', wish)).reply?.['changed'], false);
    const shown = await call(controller, 'GetAgent', { name: 'shed' });
    assert.deepEqual(Object(shown.reply?.['agent']).name, 'shed');
    assert.deepEqual(
      reviewer.asked.map(({ verb }) => verb),
      ['patch', 'patch', 'list'],
    );
    for (const method of ['GetAgent', 'UpdateAgent'] as const) {
      const { error } = await call(controller, method, { name: 'attic' });
      assert.equal(error?.code, status.NOT_FOUND);
      assert.equal(error?.details, "there is no agent 'attic'");
    }
  });

  it('pins an image on every agent that can have it, and says of the others why not', async () => {
    await using controller = await startTestController({ reviewer: new Reviewer() });
    const { agents } = controller;
    for (const name of ['attic', 'full', 'shed']) {
      const agent = await agents.create({ name, labels: {}, publicKeyHash: '0' });
      const pinnedImages = Array.from({ length: 64 }, (_, index) => `image:${index}`);
      if (name === 'full') agents.put({ ...agent, spec: { ...agent.spec, pinnedImages } });
    }
    const { reply } = await call(controller, 'PinImage', { image: 'nginx:1.29' });
    assert.deepEqual(reply?.['agents'], [
      { agent: 'attic', changed: true, problem: '' },
      { agent: 'full', changed: false, problem: 'an agent has at most 64 pinned images' },
      { agent: 'shed', changed: true, problem: '' },
    ]);
    assert.deepEqual(agents.get('shed')?.spec.pinnedImages, ['nginx:1.29']);
  });

  it('drains and removes agents for those who may', async () => {
    const reviewer = new Reviewer();
    await using controller = await startTestController({ reviewer });
    const { metadata } = await controller.agents.create({ name: 'shed', labels: {}, publicKeyHash: '0' });
    const drain = { gracePeriodSeconds: 7, force: true };
    assert.equal((await call(controller, 'UpdateAgent', { name: 'shed', drain })).reply?.['changed'], true);
    const spec = () => controller.agents.get('shed')?.spec;
    assert.deepEqual([spec()?.unschedulable, spec()?.drain], [true, drain]);
    await call(controller, 'UpdateAgent', { name: 'shed', unschedulable: false });
    assert.deepEqual([spec()?.unschedulable, spec()?.drain], [false, undefined]);
    const both = { name: 'shed', drain: {}, unschedulable: false };
    assert.equal((await call(controller, 'UpdateAgent', both)).error?.code, status.INVALID_ARGUMENT);
    const removal = { name: 'shed', uid: metadata.uid, declareGone: true };
    assert.equal((await call(controller, 'RemoveAgent', removal)).error, undefined);
    assert.deepEqual(controller.agents.removals, [removal]);
    assert.equal(reviewer.asked.at(-1)?.verb, 'delete');
    reviewer.forbidden = 'delete';
    assert.equal((await call(controller, 'RemoveAgent', removal)).error?.code, status.PERMISSION_DENIED);
  });

  it('tells of changes to those who may, until it no longer leads', async () => {
    const reviewer = new Reviewer();
    await using controller = await startTestController({ reviewer });
    const watching = (authorization: string) => {
      const client = new Client(
        controller.address,
        ChannelCredentials.createSsl(Buffer.from(controller.authority.caPem)),
        { 'grpc.ssl_target_name_override': CONTROLLER_SERVER_NAME },
      );
      const metadata = new Metadata();
      metadata.set('authorization', authorization);
      const { path, requestSerialize, responseDeserialize } = fleet.WatchAgents;
      const stream = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        {},
        metadata,
      );
      return { stream, [Symbol.dispose]: () => client.close() };
    };
    {
      using refused = watching('Bearer bad');
      const [error] = await once(refused.stream, 'error');
      assert.equal(error.code, status.UNAUTHENTICATED);
    }
    using accepted = watching('Bearer good');
    const [first] = await once(accepted.stream, 'data');
    assert.deepEqual(first, { changed: [], gone: [] });
    assert.equal(reviewer.asked.at(-1)?.verb, 'list');
    const ended = once(accepted.stream, 'error');
    controller.server.setLeader(undefined);
    const [error] = await ended;
    assert.equal(error.code, status.UNAVAILABLE);
  });

  it('is diagnosed by those who may read the fleet', async () => {
    const reviewer = new Reviewer();
    await using controller = await startTestController({ reviewer });
    assert.equal((await call(controller, 'Diagnose', {})).reply?.['controllerVersion'], 'test');
    assert.equal(reviewer.asked[0]?.verb, 'list');
    reviewer.forbidden = 'list';
    assert.equal((await call(controller, 'Diagnose', {})).error?.code, status.PERMISSION_DENIED);
  });

  it('explains the pods that are there, to those who may', async () => {
    const reviewer = new Reviewer();
    await using controller = await startTestController({ reviewer });
    const { error } = await call(controller, 'ExplainPod', { namespace: 'default', name: 'web' });
    assert.equal(error?.code, status.NOT_FOUND);
    assert.equal(reviewer.asked[0]?.verb, 'list');
    const wrong = await call(controller, 'ExplainPod', { namespace: 'default', name: '../x' });
    assert.equal(wrong.error?.code, status.INVALID_ARGUMENT);
    assert.equal(wrong.error?.details, 'name is malformed');
    const unknown = await call(controller, 'ExplainPod', { namespace: 'default', name: 'web' }, 'Bearer bad');
    assert.equal(unknown.error?.code, status.UNAUTHENTICATED);
  });

  for (const [what, request, message] of [
    ['without a name', {}, /name must not be empty/],
    ['with a label that is none', { setLabels: { 'a b': '' } }, /a key in set_labels is malformed/],
    [
      'with a label of the machine',
      { setLabels: { 'kubernetes.io/os': 'x' } },
      /the machine's or the controller's to say/,
    ],
    ['with an effect that is none', { setTaints: [{ key: 'a', effect: 'No' }] }, /effect must be NoSchedule/],
    [
      'with a taint without a key',
      { removeTaints: [{ effect: '' }] },
      /remove_taints\[0\].key must not be empty/,
    ],
    ['that contradicts itself', { setLabels: { a: '' }, removeLabels: ['a'] }, /'a' is asked for twice/],
    ['that is too much', { removeLabels: Array(65).fill('a') }, /remove_labels has more than 64 entries/],
  ] as const) {
    it(`refuses a change of an agent ${what}`, async () => {
      await using controller = await startTestController({ reviewer: new Reviewer() });
      const name = what === 'without a name' ? '' : 'shed';
      const { error } = await call(controller, 'UpdateAgent', { name, ...request });
      assert.equal(error?.code, status.INVALID_ARGUMENT);
      assert.match(String(error?.details), message);
    });
  }

  it('makes tokens that machines can join with', async () => {
    await using controller = await startTestController({ reviewer: new Reviewer() });
    const { reply } = await call(controller, 'CreateToken', {
      labels: { zone: 'garage' },
      agentName: 'shed',
    });
    assert.equal(reply?.['controllerAddress'], '127.0.0.1:7443');
    const leftMs = Number(reply?.['expiresAtMs']) - Date.now();
    assert.ok(leftMs > 3_590_000 && leftMs <= 3_600_000, `${leftMs}`);
    const token = String(reply?.['token']);
    assert.equal(parseJoinToken(token).caHash, controller.authority.caHash);
    const { joined } = await joinTestAgent({ address: controller.address, token });
    assert.equal(joined.name, 'shed');
    assert.deepEqual(controller.agents.get('shed')?.spec.labels, { zone: 'garage' });
  });

  for (const [what, authorization, message] of [
    ['no token', '', /carries no bearer token/],
    ['another scheme', 'Basic x', /carries no bearer token/],
    ['a token the API server does not know', 'Bearer bad', /does not accept the bearer token/],
  ] as const) {
    it(`is closed to a caller with ${what}`, async () => {
      await using controller = await startTestController({ reviewer: new Reviewer() });
      for (const method of METHODS) {
        const { error } = await call(controller, method, {}, authorization);
        assert.equal(error?.code, status.UNAUTHENTICATED);
        assert.match(String(error?.details), message);
        assert.doesNotMatch(String(error?.details), /bad/);
      }
    });
  }

  it('is closed to an operator who may not', async () => {
    const reviewer = new Reviewer();
    reviewer.forbidden = 'create';
    await using controller = await startTestController({ reviewer });
    const { error } = await call(controller, 'CreateToken', {});
    assert.equal(error?.code, status.PERMISSION_DENIED);
    assert.equal(error?.details, "'ann' may not create agents/tokens.longshore.dev");
    assert.equal((await call(controller, 'ListAgents', {})).error, undefined);
  });

  it('answers with an error, never with a guess, when the API server cannot be asked', async () => {
    const reviewer = new Reviewer();
    reviewer.down = true;
    await using controller = await startTestController({ reviewer });
    const { error } = await call(controller, 'GetStatus', {});
    assert.equal(error?.code, status.UNAVAILABLE);
  });

  it('sends the caller to the leader while this one does not lead', async () => {
    await using controller = await startTestController({ reviewer: new Reviewer() });
    controller.server.setLeader(undefined);
    const { error } = await call(controller, 'GetStatus', {});
    assert.equal(error?.code, status.UNAVAILABLE);
    assert.match(String(error?.details), /not the leader/);
  });

  for (const [what, request, message] of [
    ['a lifetime too short', { ttlSeconds: 5 }, /ttl_seconds must be 60/],
    ['a lifetime too long', { ttlSeconds: 40 * 86_400 }, /ttl_seconds must be 60/],
    ['a name that is none', { agentName: 'No Name' }, /agent_name must be lower-case/],
    ['a name for many machines', { agentName: 'a', reusable: true }, /reusable does not go with agent_name/],
    ['a label that is none', { labels: { 'a b': 'c' } }, /a key in labels is malformed/],
    [
      'a label the machine has already',
      { labels: { 'kubernetes.io/arch': 'x' } },
      /the machine's or the controller's to say/,
    ],
    [
      'another machine’s name',
      { labels: { 'longshore.dev/agent': 'x' } },
      /the machine's or the controller's to say/,
    ],
  ] as const) {
    it(`makes no token with ${what}`, async () => {
      await using controller = await startTestController({ reviewer: new Reviewer() });
      const { error } = await call(controller, 'CreateToken', request);
      assert.equal(error?.code, status.INVALID_ARGUMENT);
      assert.match(String(error?.details), message);
      assert.equal(controller.secrets.all.length, 1);
    });
  }
});
