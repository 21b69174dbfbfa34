import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAccessReviewer } from '../../../../controller/kube/access-reviewer.ts';
import type { KubeClient, KubeRequest } from '../../../../controller/kube/client.ts';
import { connectionLost } from '../../../kit/fake-api.ts';

function answering(status: object | Error): { client: KubeClient; asked: KubeRequest[] } {
  const asked: KubeRequest[] = [];
  const client: KubeClient = {
    server: 'https://fake',
    namespace: undefined,
    async request<T>(request: KubeRequest): Promise<T> {
      asked.push(request);
      if (status instanceof Error) throw status;
      return { status } as T;
    },
    stream: () => Promise.reject(new Error('unexpected')),
    async [Symbol.asyncDispose]() {},
  };
  return { client, asked };
}

const user = { username: 'jane', groups: ['ops'] };
const jane = { name: 'jane', groups: ['ops'] };

describe('a token', () => {
  const cases: [string, object, readonly string[] | undefined, object | undefined][] = [
    ['that is accepted is its user', { authenticated: true, user }, undefined, jane],
    ['made for us is its user', { authenticated: true, user, audiences: ['longshore'] }, ['longshore'], jane],
    [
      'made for another is nobody',
      { authenticated: true, user, audiences: ['other'] },
      ['longshore'],
      undefined,
    ],
    [
      'checked by a server that knows no audiences is nobody',
      { authenticated: true, user },
      ['longshore'],
      undefined,
    ],
    ['that is refused is nobody', { authenticated: false, user }, undefined, undefined],
    ['without a name is nobody', { authenticated: true, user: {} }, undefined, undefined],
    ['that gets an empty answer is nobody', {}, undefined, undefined],
  ];
  for (const [what, status, audiences, expected] of cases) {
    it(what, async () => {
      const { client, asked } = answering(status);
      assert.deepEqual(await createAccessReviewer(client).authenticate('t0k', audiences), expected);
      assert.deepEqual((asked[0]?.body as { spec: object } | undefined)?.spec, {
        token: 't0k',
        ...(audiences && { audiences }),
      });
    });
  }
});

describe('a permission', () => {
  const attributes = { group: 'g', version: 'v1', resource: 'r', verb: 'get' };
  const cases: [string, object, { allowed: boolean; reason: string }][] = [
    ['that is given', { allowed: true, reason: 'RBAC' }, { allowed: true, reason: 'RBAC' }],
    ['that is not given', { allowed: false }, { allowed: false, reason: '' }],
    [
      'that one authorizer gives and another denies',
      { allowed: true, denied: true },
      { allowed: false, reason: '' },
    ],
    ['that could not be worked out', { evaluationError: 'e' }, { allowed: false, reason: 'e' }],
  ];
  for (const [what, status, expected] of cases) {
    it(`${what} is answered so`, async () => {
      const { client } = answering(status);
      assert.deepEqual(await createAccessReviewer(client).authorize(jane, attributes), expected);
    });
  }

  it('is never guessed when the server is away', async () => {
    const reviewer = createAccessReviewer(answering(connectionLost()).client);
    await assert.rejects(reviewer.authorize(jane, attributes), /cannot reach/);
    await assert.rejects(reviewer.authenticate('t'), /cannot reach/);
  });
});
