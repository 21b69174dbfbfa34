import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentLabels } from '../../../../../controller/model/placement/agent-labels.ts';
import { isMachineLabel } from '../../../../../controller/model/placement/machine-labels.ts';

const MACHINES = [
  ...['kubernetes.io/hostname', 'kubernetes.io/os', 'kubernetes.io/arch'],
  ...['beta.kubernetes.io/os', 'beta.kubernetes.io/arch'],
  ...['longshore.dev/agent', 'longshore.dev/agent-domain', 'agent.longshore.dev/pi'],
  ...['arch.label.longshore.dev/arm64', 'gpu.label.longshore.dev/x'],
];
const ANYBODYS = [
  ...['zone', 'arch', 'kubernetes.io/role', 'topology.kubernetes.io/zone', 'kubernetes.io/archive'],
  ...['longshore.dev/agents', 'my.kubernetes.io/os', 'beta.kubernetes.io/hostname', 'label.longshore.dev/x'],
];

test('the labels that the controller makes can be given by nobody, and the schema of Agents refuses the same', () => {
  const schema = readFileSync(join(import.meta.dirname, '../../../../../deploy/base/crd.yaml'), 'utf8');
  const [, pattern = ''] = /!key\.matches\('(.+)'\)/.exec(schema) ?? [];
  for (const key of MACHINES) assert.ok(isMachineLabel(key) && new RegExp(pattern, 'u').test(key), key);
  for (const key of ANYBODYS) assert.ok(!isMachineLabel(key) && !new RegExp(pattern, 'u').test(key), key);
});

test('those that an Agent has from before count for nothing, also while the machine has not said what it is', () => {
  const given = { zone: 'attic', ...Object.fromEntries(MACHINES.map((key) => [key, 'forged'])) };
  const node = { labels: { 'kubernetes.io/arch': 'amd64' }, presenceKeys: [] };
  const labelsOf = (machine: { readonly os: string; readonly arch: string; readonly hostname: string }) =>
    agentLabels({ ...machine, name: 'pi', labels: given }, node).labels;
  const named = { 'longshore.dev/agent': 'pi', 'longshore.dev/agent-domain': 'pi' };
  assert.deepEqual(labelsOf({ hostname: '', os: '', arch: '' }), {
    ...{ 'kubernetes.io/hostname': 'pi', 'kubernetes.io/arch': 'amd64', zone: 'attic' },
    ...{ ...named, 'agent.longshore.dev/pi': 'true' },
  });
  assert.deepEqual(labelsOf({ hostname: 'box', os: 'linux', arch: 'arm64' }), {
    ...{ 'kubernetes.io/hostname': 'box', 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'arm64' },
    ...{ 'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': 'arm64', zone: 'attic' },
    ...{ ...named, 'agent.longshore.dev/pi': 'true' },
  });
});
