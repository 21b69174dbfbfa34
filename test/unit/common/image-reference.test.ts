import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalName, parseImageReference } from '../../../common/image-reference.ts';

const SHA = `sha256:${'a1'.repeat(32)}`;

describe('parseImageReference', () => {
  const accepted: [text: string, canonical: string][] = [
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['me/app', 'docker.io/me/app:latest'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['index.docker.io/me/app:1', 'docker.io/me/app:1'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['127.0.0.1:5000/a/b/c:v1', '127.0.0.1:5000/a/b/c:v1'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    ['registry.example/Team-less/app'.toLowerCase(), 'registry.example/team-less/app:latest'],
    ['Registry/app', 'Registry/app:latest'],
    ['gcr.io/a/b__c:A_b.c-1', 'gcr.io/a/b__c:A_b.c-1'],
    ['a---b/c.d_e', 'docker.io/a---b/c.d_e:latest'],
    [`busybox@${SHA}`, `docker.io/library/busybox@${SHA}`],
    [`busybox:1@${SHA}`, `docker.io/library/busybox@${SHA}`],
  ];
  for (const [text, canonical] of accepted) {
    it(`reads ${text}`, () => {
      const reference = parseImageReference(text);
      assert.ok(reference);
      assert.equal(canonicalName(reference), canonical);
    });
  }

  const refused = [
    '',
    ' ',
    'UPPER',
    'a/UPPER',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a:b:c',
    'a: b',
    'a@',
    'a@sha256:123',
    `a@${SHA}b`,
    'a_',
    '-a',
    'a..b',
    'a___b',
    'host:99999999/app',
    'a b',
    'a;rm -rf /',
    `a:${'t'.repeat(129)}`,
    'c'.repeat(256),
    'ab'.repeat(32),
    'registry.example/',
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.equal(parseImageReference(text), undefined);
    });
  }

  it('reads a canonical name back as itself', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?$/);
    const version = fc.oneof(
      fc.stringMatching(/^:\w[\w.-]{0,20}$/),
      fc.stringMatching(/^@sha256:[0-9a-f]{64}$/),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), version, (parts, suffix) => {
        const first = parseImageReference(`${parts.join('/')}${suffix}`);
        assert.ok(first);
        const again = parseImageReference(canonicalName(first));
        assert.ok(again);
        assert.equal(canonicalName(again), canonicalName(first));
      }),
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseImageReference(text);
      }),
    );
  });
});
