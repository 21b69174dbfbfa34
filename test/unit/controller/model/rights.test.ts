import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { type Right, rightsUsed } from '../../../../controller/model/rights.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** `verb group/resource/subresource name in namespace` of every rule of a file's roles. */
function granted(file: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../../../deploy', file), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS());
  return objects.flatMap(({ metadata, rules = [] }: { metadata: { namespace?: string }; rules?: Rule[] }) =>
    rules.flatMap(({ apiGroups, resources, resourceNames = [''], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          resourceNames.flatMap((name) =>
            verbs.map((verb) => `${verb} ${group}/${resource} ${name} in ${metadata.namespace ?? ''}`),
          ),
        ),
      ),
    ),
  );
}

function asked({ attributes }: Right): string {
  const { verb, group, resource, subresource, name = '', namespace = '' } = attributes;
  return `${verb} ${group}/${resource}${subresource ? `/${subresource}` : ''} ${name} in ${namespace}`;
}

for (const identity of ['controller', 'node'] as const) {
  it(`the rights that are asked after are those of deploy/base/${identity}.yaml`, () => {
    const scope = { nodeName: 'longshore', namespace: 'longshore-system', inCluster: true };
    const used = rightsUsed(scope).filter((right) => right.identity === identity);
    assert.deepEqual(used.map(asked).sort(), granted(`base/${identity}.yaml`).sort());
  });
}

it('those that nodes of agents need beside them are those of deploy/components/node-per-agent', () => {
  const scope = { namespace: 'longshore-system', inCluster: true };
  const one = new Set(rightsUsed({ ...scope, nodeName: 'longshore' }).map(asked));
  const beside = rightsUsed({ ...scope, nodeName: undefined })
    .map(asked)
    .filter((right) => !one.has(right));
  // Some are granted to the one node already, by the file that is applied with it.
  const given = granted('components/node-per-agent/access.yaml').filter((right) => !one.has(right));
  assert.deepEqual(beside.sort(), given.sort());
});
