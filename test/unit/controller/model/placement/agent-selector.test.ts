import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  matchesAgent,
  parseAgentSelector,
} from '../../../../../controller/model/placement/agent-selector.ts';
import { WELL_KNOWN_KEYS } from '../../../../../controller/model/placement/presence-labels.ts';
import { anAgent, placed } from '../../../../kit/placement.ts';
import { aPod } from '../../../../kit/pods.ts';

const MACHINE = {
  'kubernetes.io/arch': 'arm64',
  'topology.kubernetes.io/zone': 'garage',
  'example.com/cores': '8',
  disk: 'ssd',
  empty: '',
};

function matches(text: string): boolean | string {
  const selector = parseAgentSelector(text);
  if (selector.kind === 'requirements') return matchesAgent(selector.requirements, MACHINE, WELL_KNOWN_KEYS);
  return selector.kind;
}

test('every operator, the short names and numbers', () => {
  const cases: [string, boolean][] = [
    ['disk=ssd', true],
    ['disk==ssd', true],
    ['disk = hdd', false],
    ['disk!=hdd', true],
    ['absent!=x', true],
    ['empty=', true],
    ['disk', true],
    ['absent', false],
    ['!absent', true],
    ['! disk', false],
    ['disk in (hdd, ssd)', true],
    ['disk notin (hdd,ssd)', false],
    ['absent notin (x)', true],
    ['example.com/cores gt 4', true],
    ['example.com/cores > 8', false],
    ['example.com/cores lt 9', true],
    ['example.com/cores<8', false],
    ['disk gt 3', false],
    ['absent lt 3', false],
    ['zone=garage,arch in (arm64),!old', true],
    ['zone=garage , arch in (amd64,riscv)', false],
    ['toString', false],
  ];
  for (const [text, expected] of cases) assert.equal(matches(text), expected, text);
});

test('what cannot be read keeps the pod waiting and says so', () => {
  for (const text of [
    '',
    'a,',
    'a in b',
    'a=b=c',
    'a gt x',
    'a b',
    '-a',
    'in (a',
    'a in ()',
    'a notin ( )',
    'a in (b),(c)',
    'x'.repeat(5000),
  ]) {
    assert.equal(matches(text), 'invalid', text.slice(0, 20));
  }
  const pod = aPod({ metadata: { annotations: { 'longshore.dev/agent-selector': 'disk is ssd' } } });
  assert.match(
    placed(pod, [anAgent('a')]),
    /^the annotation longshore.dev\/agent-selector cannot be read: 'disk is ssd'; an example: zone=garage,/,
  );
});

test('it is asked of the machine, beside node affinity', () => {
  const agents = [
    anAgent('a', { labels: { cores: '4' } }),
    anAgent('b', { labels: { cores: '16' } }),
    anAgent('c'),
  ];
  const select = (text: string) =>
    placed(aPod({ metadata: { annotations: { 'longshore.dev/agent-selector': text } } }), agents);
  assert.equal(select('cores gt 8'), 'b');
  assert.equal(select('!cores'), 'c');
  assert.equal(select('kubernetes.io/hostname in (b-host,x)'), 'b');
  assert.equal(select('cores gt 99'), "0/3 agents fit: 3 didn't match the agent selector");
});
