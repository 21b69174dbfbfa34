import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AccessOptions,
  createOperatorAccess,
  type OperatorKube,
} from '../../../../controller/cli/operator-access.ts';

type ConfigMap = Readonly<Record<string, string>> | undefined;

function setUp(data: ConfigMap, options: Partial<AccessOptions> = {}) {
  const asked: unknown[] = [];
  const kube: OperatorKube = {
    readConfigMap: async (ref) => {
      asked.push(ref);
      return data;
    },
    requestToken: async (request) => {
      asked.push(request);
      return { token: 'short-lived' };
    },
    [Symbol.asyncDispose]: async () => void asked.push('closed'),
  };
  const access = createOperatorAccess(async () => kube, { namespace: 'longshore-system', ...options });
  return { access, asked };
}

const published = { 'ca.crt': 'CA PEM', address: 'ctl.example:7443' };

describe('createOperatorAccess', () => {
  it('finds the address and the CA in the cluster and asks for a token of the operators', async () => {
    const { access, asked } = setUp(published);
    assert.deepEqual(await access.connectionInfo(), {
      address: 'ctl.example:7443',
      caPem: 'CA PEM',
      token: 'short-lived',
    });
    assert.deepEqual(asked, [
      { namespace: 'longshore-system', name: 'longshore-controller' },
      {
        namespace: 'longshore-system',
        serviceAccount: 'longshore-operator',
        audiences: ['longshore'],
        expirationSeconds: 600,
      },
      'closed',
    ]);
  });

  it('takes the address of the flag for the published one', async () => {
    const { access } = setUp({ 'ca.crt': 'CA PEM' }, { server: 'localhost:17443' });
    assert.equal((await access.connectionInfo()).address, 'localhost:17443');
  });

  const failures: [what: string, data: ConfigMap, code: string, message: RegExp][] = [
    [
      'there is no controller',
      undefined,
      'not-found',
      /namespace longshore-system does not exist: start the/,
    ],
    ['the CA is missing', { address: 'a:1' }, 'precondition', /holds no ca\.crt/],
    ['the address is missing', { 'ca.crt': 'x' }, 'precondition', /--server HOST:PORT/],
  ];
  for (const [what, data, code, message] of failures) {
    it(`says what to do when ${what}, asks for no token and closes`, async () => {
      const { access, asked } = setUp(data);
      await assert.rejects(access.connectionInfo(), { code, message });
      assert.equal(asked.length, 2);
      assert.equal(asked.at(-1), 'closed');
    });
  }
});
