import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { agentStatus } from '../../../../controller/model/agent-status.ts';

const LONG = 'x'.repeat(5000);

/** Everything a machine may say, as large as the wire lets it be and larger. */
const boastful = {
  hostname: LONG,
  os: LONG,
  arch: LONG,
  kernelVersion: LONG,
  osImage: LONG,
  engineVersion: LONG,
  machineId: LONG,
  systemUuid: LONG,
  addresses: Array.from({ length: 100 }, () => LONG),
  capacity: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`r${n}`, '1'])),
  allocatable: { cpu: `1${'0'.repeat(100)}`, memory: '1Gi' },
  conditions: Array.from({ length: 100 }, (_, n) => ({
    type: n % 2 === 0 ? 'Same' : `Type${n}`,
    status: 'True',
    reason: LONG,
    message: LONG,
  })),
};

interface Schema {
  readonly type?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

/** Where a value is larger than its schema allows. */
function excesses(value: unknown, schema: Schema, path = ''): string[] {
  if (typeof value === 'string') return value.length > (schema.maxLength ?? Infinity) ? [path] : [];
  if (Array.isArray(value)) {
    const inner = value.flatMap((item, index) => excesses(item, schema.items ?? {}, `${path}[${index}]`));
    return value.length > (schema.maxItems ?? Infinity) ? [path, ...inner] : inner;
  }
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  const inner = entries.flatMap(([key, entry]) =>
    excesses(entry, schema.properties?.[key] ?? schema.additionalProperties ?? {}, `${path}.${key}`),
  );
  return entries.length > (schema.maxProperties ?? Infinity) ? [path, ...inner] : inner;
}

describe('the status of an agent', () => {
  test('is never more than its definition allows, whatever the machine says and its pods ask for', () => {
    const crd = parse(readFileSync(join(import.meta.dirname, '../../../../deploy/base/crd.yaml'), 'utf8'));
    const schema: Schema = crd.spec.versions[0].schema.openAPIV3Schema.properties.status;
    const status = agentStatus({
      previous: undefined,
      taints: [],
      ownerShare: {},
      guest: [],
      facts: boastful,
      agentVersion: LONG,
      bootId: LONG,
      occupancy: {
        pods: 3,
        used: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x.example/n${index}`, '1'])),
      },
      certificateExpiresAtMs: undefined,
      clearing: undefined,
      ready: true,
      lastHeardMs: 1,
      nowMs: 2,
    });
    assert.deepEqual(excesses(status, schema), []);
    const types = (status.conditions ?? []).map(({ type }) => type);
    assert.equal(new Set(types).size, types.length, 'a condition is there once');
    assert.deepEqual(status.allocatable, { memory: '1Gi' });
  });

  test("is the controller's word on what is its own, whatever the machine says", () => {
    const claimed = ['Ready', 'QuietHours', 'Yielding'].map((type) => ({
      ...{ type, status: 'True', reason: 'Claimed', message: '' },
    }));
    const { conditions = [] } = agentStatus({
      previous: undefined,
      ...{
        taints: [],
        ownerShare: {},
        guest: [],
        agentVersion: '',
        bootId: '',
        ready: true,
        occupancy: undefined,
        certificateExpiresAtMs: undefined,
        clearing: undefined,
      },
      facts: { ...boastful, conditions: claimed },
      ...{ lastHeardMs: 1, nowMs: 2 },
    });
    assert.deepEqual(
      conditions.map(({ type, reason }) => [type, reason]),
      [['Ready', 'AgentConnected']],
    );
  });
});
