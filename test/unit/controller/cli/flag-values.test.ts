import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidArgumentError } from 'commander';
import {
  collectLabel,
  durationBetween,
  parseAddress,
  parseDuration,
} from '../../../../controller/cli/flag-values.ts';

describe('parseDuration', () => {
  const valid: [string, number][] = [
    ['90s', 90],
    ['10m', 600],
    ['1h', 3600],
    ['1h30m', 5400],
    ['7d', 604_800],
    ['0s', 0],
  ];
  for (const [text, seconds] of valid) {
    it(`reads ${text} as ${seconds} seconds`, () => assert.equal(parseDuration(text), seconds));
  }

  for (const text of ['', '1', 'h', '1.5h', '-1h', '1h ', '1w', '1h30', '9999999s']) {
    it(`refuses '${text}'`, () => assert.throws(() => parseDuration(text), InvalidArgumentError));
  }
});

describe('durationBetween', () => {
  const parse = durationBetween({ min: '60s', max: '30d' });

  it('accepts both ends', () => assert.deepEqual([parse('60s'), parse('30d')], [60, 2_592_000]));

  for (const text of ['59s', '31d']) {
    it(`refuses ${text} and says what may be`, () => assert.throws(() => parse(text), /from 60s to 30d/));
  }
});

describe('parseAddress', () => {
  for (const text of ['localhost:7443', '10.0.0.1:1', 'a.example:65535', '[::1]:7443', '[fd00::1]:7443']) {
    it(`accepts ${text}`, () => assert.equal(parseAddress(text), text));
  }

  const refused = [
    '',
    'localhost',
    ':7443',
    'a:0',
    'a:65536',
    '::1:7443',
    'http://a:7443',
    'a b:1',
    '-a:1',
    'a:7443/x',
  ];
  for (const text of refused) {
    it(`refuses '${text}'`, () => assert.throws(() => parseAddress(text), InvalidArgumentError));
  }
});

describe('collectLabel', () => {
  it('adds to the labels before it', () =>
    assert.deepEqual(collectLabel('topology.example/zone=a-1', { disk: 'ssd' }), {
      disk: 'ssd',
      'topology.example/zone': 'a-1',
    }));

  it('accepts an empty value', () => assert.deepEqual(collectLabel('gpu='), { gpu: '' }));

  const long = 'x'.repeat(64);
  for (const text of [
    'zone',
    '=a',
    'zo ne=a',
    'zone=a b',
    'zone=-a',
    'A/b/c=d',
    '/a=b',
    `${long}=a`,
    `a=${long}`,
  ]) {
    it(`refuses '${text}'`, () => assert.throws(() => collectLabel(text), InvalidArgumentError));
  }

  it('refuses a key given twice', () => assert.throws(() => collectLabel('a=b', { a: 'c' }), /twice/));
});
