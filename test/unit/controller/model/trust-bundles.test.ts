import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trustAnchors } from '../../../../controller/model/trust-bundles.ts';

const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
const bundle = (name: string, signerName: string, bodies: string[], labels: Record<string, string> = {}) => ({
  metadata: { name, labels },
  spec: { signerName, trustBundle: `# ${name}\n${bodies.map(pem).join('\n')}` },
});

const BUNDLES = [
  bundle('corp', '', ['b', 'a']),
  bundle('ca:1', 'example.com/ca', ['a', 'c'], { stage: 'live' }),
  bundle('ca:2', 'example.com/ca', ['c', 'd'], { stage: 'test' }),
];

describe('trust anchors', () => {
  for (const { choice, bodies } of [
    { choice: { name: 'corp' }, bodies: ['a', 'b'] },
    { choice: { name: 'none' }, bodies: undefined },
    { choice: { signerName: 'example.com/ca', labelSelector: {} }, bodies: ['a', 'c', 'd'] },
    {
      choice: { signerName: 'example.com/ca', labelSelector: { matchLabels: { stage: 'live' } } },
      bodies: ['a', 'c'],
    },
    {
      choice: {
        signerName: 'example.com/ca',
        labelSelector: { matchExpressions: [{ key: 'stage', operator: 'NotIn', values: ['live'] }] },
      },
      bodies: ['c', 'd'],
    },
    { choice: { signerName: 'example.com/ca', labelSelector: undefined }, bodies: undefined },
    { choice: { signerName: 'example.com/other', labelSelector: {} }, bodies: undefined },
  ]) {
    it(`of ${JSON.stringify(choice)} are ${bodies?.join() ?? 'none'}, each once`, () => {
      assert.equal(trustAnchors(BUNDLES, choice), bodies?.map(pem).join(''));
    });
  }
});
