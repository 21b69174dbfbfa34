import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeContent } from '../../../../agent/pod/held-object.ts';
import type { PodObjects } from '../../../../agent/pod/pod-objects.ts';
import { credentialsFor, readPullSecrets } from '../../../../agent/pod/registry-credentials.ts';
import { objectsOf, secret } from '../../../kit/pod-objects.ts';
import { aPod } from '../../../kit/pods.ts';

const JSON_TYPE = 'kubernetes.io/dockerconfigjson';
const base64 = (text: string) => Buffer.from(text).toString('base64');

function holding(secrets: Readonly<Record<string, object>>): Pick<PodObjects, 'secret'> {
  return {
    secret: (name) => {
      const content = secrets[name] && decodeContent(`secrets/default/${name}`, secrets[name]);
      if (content?.kind !== 'secrets') return { kind: 'absent' };
      return { kind: 'found', value: content.value, revision: '1' };
    },
  };
}

const config = (auths: object) => secret({ '.dockerconfigjson': JSON.stringify({ auths }) }, JSON_TYPE);
const podWith = (...names: string[]) => aPod({ spec: { imagePullSecrets: names.map((name) => ({ name })) } });
const loginTo = (scope: string) => ({ scope, username: scope, password: 'p', identityToken: '' });

describe('pull secrets', () => {
  it('are read in either form, user and password together or apart', () => {
    const objects = holding({
      new: config({
        'https://registry.example:5000/v2/team': { auth: base64('me:pa:ss') },
        'token.example': { identitytoken: 'token' },
        'empty.example': {},
      }),
      old: secret(
        { '.dockercfg': JSON.stringify({ 'https://index.docker.io/v1/': { username: 'u', password: 'p' } }) },
        'kubernetes.io/dockercfg',
      ),
    });
    assert.deepEqual(readPullSecrets(podWith('new', 'old'), objects), {
      kind: 'known',
      logins: [
        { scope: 'registry.example:5000/team', username: 'me', password: 'pa:ss', identityToken: '' },
        { scope: 'token.example', username: '', password: '', identityToken: 'token' },
        { scope: 'index.docker.io', username: 'u', password: 'p', identityToken: '' },
      ],
      unusable: [],
    });
  });

  it('that are not there or hold no credentials are named', () => {
    const objects = holding({
      opaque: secret({ '.dockerconfigjson': '{}' }),
      broken: secret({ '.dockerconfigjson': '{' }, JSON_TYPE),
      other: secret({ '.dockerconfigjson': '[]' }, JSON_TYPE),
      empty: config({}),
    });
    const names = ['opaque', 'broken', 'other', 'empty', 'gone'];
    assert.deepEqual(readPullSecrets(podWith(...names), objects), {
      kind: 'known',
      logins: [],
      unusable: ['opaque', 'broken', 'other', 'gone'],
    });
  });

  it('are awaited while one has not been heard of, unless something keeps it from being', () => {
    const asking = (reason?: string) =>
      readPullSecrets(
        podWith('good', 'dark'),
        objectsOf({ secrets: { good: {} }, unknown: { dark: reason } }),
      );
    assert.deepEqual(asking(), { kind: 'awaited' });
    assert.deepEqual(asking('forbidden'), { kind: 'known', logins: [], unusable: ['good', 'dark'] });
  });

  it('may hold anything', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('.dockerconfigjson', '.dockercfg'), (text, key) => {
        const type = key === '.dockercfg' ? 'kubernetes.io/dockercfg' : JSON_TYPE;
        readPullSecrets(podWith('s'), holding({ s: secret({ [key]: text }, type) }));
      }),
    );
  });
});

describe('the credentials for an image', () => {
  for (const [repository, scope, fits] of [
    ['docker.io/library/busybox', 'index.docker.io', true],
    ['docker.io/library/busybox', 'docker.io', true],
    ['quay.io/library/busybox', 'index.docker.io', false],
    ['registry.example/team/app', 'registry.example', true],
    ['registry.example/team/app', 'registry.example/team', true],
    ['registry.example/team/app', 'registry.example/other', false],
    ['registry.example/team/app', '*.example', true],
    ['registry.example/team/app', 'reg*.exam?le', true],
    ['a.registry.example/app', '*.example', false],
    ['a.registry.example/app', '*.*.example', true],
    ['registry.example:5000/app', 'registry.example', false],
    ['registry.example:5000/app', 'registry.example:5000', true],
    ['registry.example/app', 'registry.example:5000', false],
    ['registry.example/app', '', false],
  ] as const) {
    it(`${fits ? 'are' : 'are not'} those for ${scope || 'nothing'} where it is ${repository}`, () => {
      assert.equal(credentialsFor(repository, [loginTo(scope)]).length, fits ? 1 : 0);
    });
  }

  it('go from the most exact to the widest, and as given among equals', () => {
    const scopes = ['*.example', 'registry.example/team', 'registry.example', 'registry.example/team'];
    const found = credentialsFor('registry.example/team/app', scopes.map(loginTo));
    assert.deepEqual(
      found.map(({ username }) => username),
      ['registry.example/team', 'registry.example/team', 'registry.example', '*.example'],
    );
  });

  it('are found in time, whatever the glob', () => {
    const scope = `${'*a'.repeat(5000)}.example`;
    assert.deepEqual(credentialsFor(`${'a'.repeat(200)}b.example/app`, [loginTo(scope)]), []);
  });
});
