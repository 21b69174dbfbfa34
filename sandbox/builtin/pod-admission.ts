// What the default admission plugins do to a new pod: ServiceAccount (its name, and the token volume where asked for),
// Priority, DefaultTolerationSeconds.
import { forbidden } from './api-error.ts';
import { ensureObject, numberAt, objectsAt, setDefault, stringAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { generateName } from './names.ts';
import type { JsonObject } from './resource.ts';
import { objectKey } from './storage.ts';
import type { StrategyContext } from './strategy.ts';

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const UNREACHABLE_SECONDS = 300;

export function admitPod(pod: KubeObject, context: StrategyContext): void {
  const spec = ensureObject(pod, 'spec');
  admitServiceAccount(pod, spec, context);
  admitPriority(pod, spec, context);
  admitTolerations(spec);
}

function admitServiceAccount(pod: KubeObject, spec: JsonObject, context: StrategyContext): void {
  if (!spec['serviceAccountName']) spec['serviceAccountName'] = spec['serviceAccount'] || 'default';
  spec['serviceAccount'] = spec['serviceAccountName'];
  const name = String(spec['serviceAccountName']);
  const account = context.storage.get('serviceaccounts.', objectKey(pod.metadata.namespace, name));
  if (!account) {
    const why = `error looking up service account ${pod.metadata.namespace}/${name}: serviceaccount "${name}" not found`;
    throw forbidden(context.resource, pod.metadata.name, why);
  }
  const pullSecrets = objectsAt(account, 'imagePullSecrets');
  if (pullSecrets.length > 0) setDefault(spec, 'imagePullSecrets', structuredClone([...pullSecrets]));
  const mount = spec['automountServiceAccountToken'] ?? account['automountServiceAccountToken'] ?? true;
  if (mount === true) addTokenVolume(spec);
}

function addTokenVolume(spec: JsonObject): void {
  const containers = [...objectsAt(spec, 'initContainers'), ...objectsAt(spec, 'containers')];
  const bare = containers.filter(
    (container) => !objectsAt(container, 'volumeMounts').some((mount) => mount['mountPath'] === TOKEN_PATH),
  );
  if (bare.length === 0) return;
  const name = generateName('kube-api-access-');
  for (const container of bare) {
    const mount = { name, readOnly: true, mountPath: TOKEN_PATH };
    container['volumeMounts'] = [...objectsAt(container, 'volumeMounts'), mount];
  }
  const namespaceField = { apiVersion: 'v1', fieldPath: 'metadata.namespace' };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: namespaceField }] } },
  ];
  const volume = { name, projected: { defaultMode: 420, sources } };
  spec['volumes'] = [...objectsAt(spec, 'volumes'), volume];
}

function admitPriority(pod: KubeObject, spec: JsonObject, context: StrategyContext): void {
  const name = stringAt(spec, 'priorityClassName') ?? '';
  const classes = context.storage.list('priorityclasses.scheduling.k8s.io');
  const chosen = classes.find((item) =>
    name === '' ? item['globalDefault'] === true : item.metadata.name === name,
  );
  if (name !== '' && !chosen) {
    throw forbidden(context.resource, pod.metadata.name, `no PriorityClass with name ${name} was found`);
  }
  if (chosen) spec['priorityClassName'] = chosen.metadata.name;
  const computed = {
    priority: numberAt(chosen, 'value') ?? 0,
    preemptionPolicy: stringAt(chosen, 'preemptionPolicy') ?? 'PreemptLowerPriority',
  };
  for (const [field, what] of [
    ['priority', 'integer value of priority'],
    ['preemptionPolicy', 'string value of PreemptionPolicy'],
  ] as const) {
    const given = spec[field];
    if (given !== undefined && given !== null && given !== computed[field]) {
      const why = `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${computed[field]} from the given PriorityClass name`;
      throw forbidden(context.resource, pod.metadata.name, why);
    }
  }
  Object.assign(spec, computed);
}

/** Also for updates. */
export function admitTolerations(spec: JsonObject): void {
  const tolerations = [...objectsAt(spec, 'tolerations')];
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = tolerations.some(
      (item) =>
        (item['key'] === key || item['key'] === undefined || item['key'] === '') &&
        (item['effect'] === 'NoExecute' || item['effect'] === undefined || item['effect'] === ''),
    );
    if (tolerated) continue;
    tolerations.push({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: UNREACHABLE_SECONDS,
    });
  }
  spec['tolerations'] = tolerations;
}
