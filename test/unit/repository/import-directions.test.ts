import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Import, importsOf, RULES, readImports, violations } from '../../kit/import-rules.ts';

/** For every rule an import it must forbid; a rule without one here fails the suite. */
const FORBIDDEN: Record<string, [from: string, to: string]> = {
  'nothing imports test/': ['controller/app.ts', 'test/kit/manual-clock.ts'],
  'the product does not import sandbox/, scripts/ or examples/': ['controller/main.ts', 'sandbox/up.ts'],
  'controller/ and agent/ do not import each other': ['agent/pod/plan.ts', 'controller/model/agent.ts'],
  'proto/ imports nothing of ours': ['proto/wire.ts', 'common/clock.ts'],
  'common/ imports only proto/ and common/': ['common/pod.ts', 'agent/pod/plan.ts'],
  'the pure rooms import only proto/, common/ and themselves': [
    'agent/pod/plan.ts',
    'agent/runtime/docker.ts',
  ],
  'the pure rooms do no input or output': ['controller/model/agent.ts', 'node:fs'],
  'adapters do not import each other (types of reconcile/ and of ports excepted)': [
    'controller/rpc/a.ts',
    'controller/kube/b.ts',
  ],
  'rooms do not import app, config or main': ['agent/link/session.ts', 'agent/config.ts'],
};

describe('import directions', () => {
  it('hold in every file', () => {
    const found = violations(readImports(join(import.meta.dirname, '../../..')));
    assert.deepEqual(
      found.map(({ from, to, rule }) => `${from} -> ${to}: ${rule}`),
      [],
    );
  });

  for (const rule of RULES) {
    it(`forbid: ${rule.name}`, () => {
      const example = FORBIDDEN[rule.name] ?? seamExample(rule.name);
      const edge: Import = { from: example[0], to: example[1], typeOnly: false };
      assert.ok(violations([edge]).some((violation) => violation.rule === rule.name));
    });
  }

  for (const edge of [
    { from: 'controller/rpc/session.ts', to: 'controller/reconcile/agent-link.ts' },
    { from: 'agent/runtime/docker-images.ts', to: 'agent/images/image-engine.ts' },
  ]) {
    it(`let types of ${edge.to} cross, and values not`, () => {
      assert.equal(violations([{ ...edge, typeOnly: true }]).length, 0);
      assert.equal(violations([{ ...edge, typeOnly: false }]).length, 1);
    });
  }
});

/** Rules about packages name the package first: `^dockerode$ is imported only below …`. */
function seamExample(rule: string): [string, string] {
  const name = /^\^([^$]+)\$/.exec(rule)?.[1]?.replaceAll('\\', '');
  assert.ok(name, `no example for the rule '${rule}'`);
  return ['common/elsewhere.ts', name];
}

describe('importsOf', () => {
  const cases: [source: string, to: string, typeOnly: boolean][] = [
    ["import { a } from './b.ts';", 'agent/pod/b.ts', false],
    ["import type { a } from '../x.ts';", 'agent/x.ts', true],
    ["import { type a, type b } from 'dockerode';", 'dockerode', true],
    ["import { type a, b } from 'dockerode';", 'dockerode', false],
    ["import 'reflect-metadata';", 'reflect-metadata', false],
    ["export { a } from '@grpc/grpc-js/build/x.js';", '@grpc/grpc-js', false],
    ["import {\n  a,\n  b,\n} from 'node:fs';", 'node:fs', false],
    ["const x = await import('mdns-js');", 'mdns-js', false],
  ];
  for (const [source, to, typeOnly] of cases) {
    it(`reads ${JSON.stringify(source)}`, () => {
      assert.deepEqual(importsOf('agent/pod/plan.ts', source), [{ from: 'agent/pod/plan.ts', to, typeOnly }]);
    });
  }
});
