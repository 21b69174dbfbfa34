import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isLabelKey } from '../../../../../common/labels.ts';
import { agentLabels } from '../../../../../controller/model/placement/agent-labels.ts';
import {
  isPresenceLabel,
  presenceLabels,
  valueLabel,
  WELL_KNOWN_KEYS,
  withoutPresence,
} from '../../../../../controller/model/placement/presence-labels.ts';
import { anAgent, placed } from '../../../../kit/placement.ts';
import { aPod } from '../../../../kit/pods.ts';

test('an agent is shown by its name and by its values of the chosen keys', () => {
  const labels = {
    'kubernetes.io/arch': 'arm64',
    'topology.kubernetes.io/zone': 'garage',
    'example.com/gpu-model': 'T4',
    disk: 'ssd',
    other: 'thing',
  };
  const keys = [
    ...WELL_KNOWN_KEYS,
    { alias: 'disk', key: 'disk' },
    { alias: 'gpu', key: 'example.com/gpu-model' },
  ];
  assert.deepEqual(presenceLabels('garage-pi', labels, keys), {
    'agent.longshore.dev/garage-pi': 'true',
    'arch.label.longshore.dev/arm64': 'true',
    'zone.label.longshore.dev/garage': 'true',
    'gpu.label.longshore.dev/T4': 'true',
    'disk.label.longshore.dev/ssd': 'true',
  });
});

test('a label called as the short name itself comes before the one it stands for', () => {
  const labels = { zone: 'attic', 'topology.kubernetes.io/zone': 'home' };
  assert.ok('zone.label.longshore.dev/attic' in presenceLabels('a', labels, WELL_KNOWN_KEYS));
});

test('different values are never shown by the same label, and every one is a valid key', () => {
  const value = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/),
  );
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [one, other] = [valueLabel('disk', a), valueLabel('disk', b)];
      assert.ok(isLabelKey(one), one);
      assert.ok(isPresenceLabel(one));
      assert.equal(one === other, a === b);
      // What looks like the hash of another value is hashed itself.
      const name = one.slice(one.indexOf('/') + 1);
      assert.equal(valueLabel('disk', name) === one, name === a);
    }),
  );
  assert.equal(
    valueLabel('disk', ''),
    'disk.label.longshore.dev/sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4',
  );
});

test("an agent's labels are the node's own, the machine's over them, and its presence labels; nobody may forge those", () => {
  const machine = {
    name: 'pi',
    hostname: 'raspberry',
    os: 'linux',
    arch: 'arm64',
    labels: { 'agent.longshore.dev/other': 'true', 'longshore.dev/agent': 'other', disk: 'ssd' },
  };
  const node = {
    labels: { place: 'home', 'kubernetes.io/hostname': 'longshore' },
    presenceKeys: WELL_KNOWN_KEYS,
  };
  assert.deepEqual(agentLabels(machine, node), {
    labels: {
      place: 'home',
      'kubernetes.io/hostname': 'raspberry',
      'kubernetes.io/os': 'linux',
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'arm64',
      'beta.kubernetes.io/arch': 'arm64',
      disk: 'ssd',
      'longshore.dev/agent': 'pi',
      'longshore.dev/agent-domain': 'pi',
      'agent.longshore.dev/pi': 'true',
      'arch.label.longshore.dev/arm64': 'true',
    },
    presence: { 'agent.longshore.dev/pi': 'true', 'arch.label.longshore.dev/arm64': 'true' },
  });
  assert.deepEqual(
    withoutPresence({ a: '1', 'agent.longshore.dev/x': 'true', 'zone.label.longshore.dev/y': 'true' }),
    {
      a: '1',
    },
  );
});

test('presence labels of a machine can be asked for together: a conjunction on one machine', () => {
  const agents = [
    anAgent('a', { labels: { zone: 'garage' } }),
    anAgent('b', { labels: { zone: 'attic' }, arch: 'arm64' }),
    anAgent('c', { labels: { zone: 'garage' }, arch: 'arm64' }),
  ];
  const wants = (nodeSelector: Record<string, string>) => placed(aPod({ spec: { nodeSelector } }), agents);
  assert.equal(
    wants({ 'zone.label.longshore.dev/garage': 'true', 'arch.label.longshore.dev/arm64': 'true' }),
    'c',
  );
  assert.match(
    wants({ 'zone.label.longshore.dev/attic': 'true', 'arch.label.longshore.dev/amd64': 'true' }),
    /^0\/3 agents fit: 3 didn't match node affinity/,
  );
});
