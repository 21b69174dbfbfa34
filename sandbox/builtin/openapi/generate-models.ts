// Writes models.json: the fields of the API types this server has, taken from the type maps and declarations that
// @kubernetes/client-node ships. Run it after that package changes: `node sandbox/builtin/openapi/generate-models.ts`.
// A test fails when the committed file is not what this makes.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Model, ModelField } from './models.ts';

const MODELS = new URL('../../../node_modules/@kubernetes/client-node/dist/gen/models/', import.meta.url);

/** The types of the kinds in resource-table.ts, and what every API has. Whatever these refer to comes along. */
const ROOTS: readonly (readonly [string, readonly string[]])[] = [
  ['io.k8s.apimachinery.pkg.apis.meta.v1', ['V1ObjectMeta', 'V1ListMeta', 'V1LabelSelector', 'V1Condition']],
  [
    'io.k8s.api.core.v1',
    [
      'V1Binding',
      'V1ConfigMap',
      'V1Endpoints',
      'CoreV1Event',
      'V1Namespace',
      'V1Node',
      'V1PersistentVolumeClaim',
      'V1PersistentVolume',
      'V1Pod',
      'V1Secret',
      'V1ServiceAccount',
      'V1Service',
    ],
  ],
  ['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1', ['V1CustomResourceDefinition']],
  ['io.k8s.api.authentication.v1', ['V1SelfSubjectReview', 'V1TokenReview', 'AuthenticationV1TokenRequest']],
  [
    'io.k8s.api.authorization.v1',
    [
      'V1LocalSubjectAccessReview',
      'V1SelfSubjectAccessReview',
      'V1SelfSubjectRulesReview',
      'V1SubjectAccessReview',
    ],
  ],
  ['io.k8s.api.certificates.v1', ['V1CertificateSigningRequest']],
  ['io.k8s.api.coordination.v1', ['V1Lease']],
  ['io.k8s.api.events.v1', ['EventsV1Event']],
  ['io.k8s.api.policy.v1', ['V1PodDisruptionBudget', 'V1Eviction']],
  ['io.k8s.api.rbac.v1', ['V1ClusterRoleBinding', 'V1ClusterRole', 'V1RoleBinding', 'V1Role']],
  ['io.k8s.api.scheduling.v1', ['V1PriorityClass']],
];

export function generateModels(): Record<string, Model> {
  const models: Record<string, Model> = {};
  for (const [namespace, types] of ROOTS) {
    const waiting = [...types];
    for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
      if (models[type] !== undefined) continue;
      const model = readModel(type, namespace);
      models[type] = model;
      waiting.push(...Object.values(model.fields).flatMap(referencedTypes));
    }
  }
  return Object.fromEntries(Object.entries(models).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readModel(type: string, namespace: string): Model {
  const declaration = readFileSync(new URL(`${type}.d.ts`, MODELS), 'utf8');
  const documentation = new RegExp(`/\\*\\*\\n\\* (.*)\\n\\*/\\nexport declare class ${type} `).exec(
    declaration,
  );
  const fields = attributes(type).map(({ name, baseName, ...shape }) => {
    const escaped = name.replaceAll(/[$]/g, '\\$&');
    const declared = new RegExp(`(?:/\\*\\*\\n\\s*\\* (.*)\\n\\s*\\*/\\n\\s*)?'${escaped}'(\\?)?:`).exec(
      declaration,
    );
    const field: ModelField = {
      type: shape.type,
      ...(shape.format !== '' && { format: shape.format }),
      ...(declared !== null && declared[2] === undefined && { required: true }),
      ...described(declared?.[1]),
    };
    return [baseName, field] as const;
  });
  return {
    name: `${namespace}.${type.replace(/^[A-Z][a-z]+V1|^V1/, '')}`,
    ...described(documentation?.[1]),
    fields: Object.fromEntries(fields),
  };
}

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

function attributes(type: string): Attribute[] {
  const source = readFileSync(new URL(`${type}.js`, MODELS), 'utf8');
  const map = /attributeTypeMap = (\[[\s\S]*?\]);\n/.exec(source)?.[1];
  if (map === undefined) throw new Error(`${type}.js has no attributeTypeMap`);
  return JSON.parse(map.replaceAll(/,(\s*[\]}])/g, '$1'));
}

function referencedTypes(field: ModelField): string[] {
  const type = /([A-Za-z]*V1[A-Z]\w*)/.exec(field.type)?.[1];
  return type === undefined || type === 'V1MicroTime' ? [] : [type];
}

/** The first sentence: enough for `kubectl explain`, and a third of the size. */
function described(text: string | undefined): { description?: string } {
  const plain =
    text
      ?.replaceAll(/\\(['"])/g, '$1')
      .replaceAll(/\s+/g, ' ')
      .trim() ?? '';
  const sentence = /^.*?[.](?=\s|$)/.exec(plain)?.[0] ?? plain;
  return sentence === '' ? {} : { description: sentence };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = new URL('models.json', import.meta.url);
  writeFileSync(target, `${JSON.stringify(generateModels(), null, 2)}\n`);
}
