// Which pods this version can run as they are written. The tables list every field that is honoured or has no effect
// on a node; a field outside them is a problem, so a field of a newer Kubernetes is refused until someone has thought
// about it. A problem keeps the pod's containers from being made. What is merely not provided yet, and leaves the pod
// right without it, is a warning.
import type { Pod } from '../../common/pod.ts';
import { parseQuantity } from '../../common/quantity.ts';
import type { PodContainer } from './container-view.ts';
import { fieldValue, resourceValue } from './downward.ts';

export interface Support {
  /** One line each, naming the field; the pod cannot run. */
  readonly problems: readonly string[];
  /** One line each, naming the field; the pod runs without. */
  readonly warnings: readonly string[];
}

/** True: a value that this version honours, or that changes nothing on a node. */
type Accepts = true | ((value: unknown) => boolean);
type Table = Readonly<Record<string, Accepts>>;

const isFalse: Accepts = (value) => value === false;
const isTrue: Accepts = (value) => value === true;
const isEmpty: Accepts = (value) =>
  (Array.isArray(value) ? value : Object.keys(value as object)).length === 0;
const oneOf =
  (...values: readonly unknown[]): Accepts =>
  (value) =>
    values.includes(value);
const typeIn =
  (...types: readonly string[]): Accepts =>
  (value) =>
    types.includes((value as { type?: string }).type ?? '');

/** Matter to the API server, the scheduler and the controllers only. */
const NO_EFFECT_ON_NODE = [
  'affinity',
  'automountServiceAccountToken',
  'nodeName',
  'nodeSelector',
  'overhead',
  'preemptionPolicy',
  'priority',
  'priorityClassName',
  'schedulerName',
  'schedulingGates',
  'schedulingGroup',
  'serviceAccount',
  'serviceAccountName',
  'tolerations',
  'topologySpreadConstraints',
] as const;

const POD_FIELDS: Table = {
  ...Object.fromEntries(NO_EFFECT_ON_NODE.map((field) => [field, true as const])),
  activeDeadlineSeconds: true,
  containers: true,
  dnsConfig: true,
  dnsPolicy: oneOf('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
  enableServiceLinks: true,
  ephemeralContainers: true,
  hostAliases: true,
  hostIPC: true,
  hostNetwork: true,
  hostPID: true,
  hostUsers: isTrue,
  hostname: true,
  imagePullSecrets: true,
  initContainers: isEmpty,
  os: (value) => (value as { name?: string }).name === 'linux',
  readinessGates: true,
  resourceClaims: isEmpty,
  restartPolicy: oneOf('Always', 'OnFailure', 'Never'),
  securityContext: true,
  setHostnameAsFQDN: isFalse,
  shareProcessNamespace: true,
  subdomain: true,
  terminationGracePeriodSeconds: true,
  volumes: true,
};

const POD_SECURITY_FIELDS: Table = {
  appArmorProfile: typeIn('RuntimeDefault', 'Unconfined'),
  fsGroup: true,
  fsGroupChangePolicy: true,
  runAsGroup: true,
  runAsNonRoot: true,
  runAsUser: true,
  seLinuxChangePolicy: true,
  seLinuxOptions: true,
  seccompProfile: typeIn('RuntimeDefault', 'Unconfined'),
  supplementalGroups: true,
  supplementalGroupsPolicy: oneOf('Merge'),
  sysctls: isEmpty,
};

const CONTAINER_FIELDS: Table = {
  args: true,
  command: true,
  env: true,
  envFrom: isEmpty,
  image: true,
  imagePullPolicy: true,
  name: true,
  ports: true,
  resizePolicy: true,
  resources: true,
  securityContext: true,
  stdin: true,
  stdinOnce: true,
  terminationMessagePath: true,
  terminationMessagePolicy: true,
  tty: true,
  volumeDevices: isEmpty,
  volumeMounts: true,
  workingDir: true,
};

const SECURITY_FIELDS: Table = {
  allowPrivilegeEscalation: true,
  appArmorProfile: typeIn('RuntimeDefault', 'Unconfined'),
  capabilities: true,
  privileged: true,
  procMount: oneOf('Default'),
  readOnlyRootFilesystem: true,
  runAsGroup: true,
  runAsNonRoot: true,
  runAsUser: true,
  seLinuxOptions: true,
  seccompProfile: typeIn('RuntimeDefault', 'Unconfined'),
};

const RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);

export function podSupport(pod: Pod): Support {
  const { spec } = pod;
  const tokens = tokenVolumes(pod);
  const problems = [
    ...refused(spec, POD_FIELDS, 'spec'),
    ...refused(spec.securityContext, POD_SECURITY_FIELDS, 'spec.securityContext'),
    ...(spec.dnsConfig && spec.dnsPolicy !== 'None'
      ? [unsupported('spec.dnsConfig', `with dnsPolicy ${spec.dnsPolicy ?? 'ClusterFirst'}`)]
      : []),
    ...(spec.volumes ?? [])
      .filter(({ name }) => !tokens.has(name))
      .map((volume) => unsupported(`spec.volumes (${volume.name}: ${volumeKind(volume)})`)),
    ...spec.containers.flatMap((container) => containerProblems(pod, container, tokens)),
  ];
  return { problems, warnings: warningsOf(pod, tokens) };
}

function containerProblems(pod: Pod, container: PodContainer, tokens: ReadonlySet<string>): string[] {
  const path = `spec.containers{${container.name}}`;
  const { requests, limits } = container.resources ?? {};
  const resources = new Set(
    [...Object.entries(requests ?? {}), ...Object.entries(limits ?? {})].map(describe),
  );
  return [
    ...refused(container, CONTAINER_FIELDS, path),
    ...refused(container.securityContext, SECURITY_FIELDS, `${path}.securityContext`),
    ...refused(container.resources, { limits: true, requests: true, claims: isEmpty }, `${path}.resources`),
    ...[...resources].filter((text) => text !== '').map((text) => `${path}.resources: ${text}`),
    ...(container.volumeMounts ?? [])
      .filter(({ name }) => !tokens.has(name))
      .map(({ name }) => unsupported(`${path}.volumeMounts (${name})`)),
    ...(container.env ?? []).flatMap((variable) => envProblem(variable, path, container, pod)),
  ];
}

function describe([name, amount]: [string, string]): string {
  if (!RESOURCES.has(name)) return unsupported(name);
  return parseQuantity(String(amount)) === undefined ? `${name}: '${amount}' is no quantity` : '';
}

type EnvVar = NonNullable<PodContainer['env']>[number];

function envProblem({ name, valueFrom }: EnvVar, path: string, container: PodContainer, pod: Pod): string[] {
  const where = `${path}.env (${name})`;
  if (!valueFrom) return [];
  const { fieldRef, resourceFieldRef, ...others } = valueFrom;
  const other = Object.keys(others).find((key) => isSet(others[key as keyof typeof others]));
  if (other) return [unsupported(`${where}.valueFrom.${other}`)];
  const found = fieldRef
    ? fieldValue(fieldRef.fieldPath, pod, NOWHERE)
    : resourceFieldRef
      ? resourceValue(resourceFieldRef, container, pod, NOWHERE.machine)
      : { problem: 'valueFrom names no source' };
  return 'problem' in found ? [`${where}: ${found.problem}`] : [];
}

const NOWHERE = {
  nodeName: '',
  hostIps: [],
  podIps: [],
  machine: { cpuMilli: 0, memoryBytes: 0, ephemeralStorageBytes: 0 },
};

function warningsOf(pod: Pod, tokens: ReadonlySet<string>): string[] {
  const { spec } = pod;
  const ephemeralLimit = spec.containers.some(({ resources }) => resources?.limits?.['ephemeral-storage']);
  return [
    ...[...tokens].map((name) => `the service account token (volume ${name})`),
    ...(spec.enableServiceLinks === false ? [] : ['service environment variables (enableServiceLinks)']),
    ...(spec.imagePullSecrets?.length ? ['registry credentials (imagePullSecrets)'] : []),
    ...(spec.subdomain ? [`the name in subdomain ${spec.subdomain}`] : []),
    ...(ephemeralLimit ? ['limits of ephemeral-storage'] : []),
    ...(spec.ephemeralContainers?.length ? ['ephemeral containers'] : []),
  ];
}

const TOKEN_VOLUME = /^kube-api-access-[a-z0-9]+$/;

/** The volume that the API server adds to every pod; only that one, as it makes it. */
function tokenVolumes(pod: Pod): ReadonlySet<string> {
  const volumes = (pod.spec.volumes ?? []).filter(
    ({ name, projected }) =>
      TOKEN_VOLUME.test(name) && projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
  );
  return new Set(volumes.map(({ name }) => name));
}

function volumeKind(volume: object): string {
  return Object.keys(volume).find((key) => key !== 'name') ?? 'of no kind';
}

function refused(object: object | undefined, table: Table, path: string): string[] {
  return Object.entries(object ?? {}).flatMap(([field, value]) => {
    const accepts = table[field];
    if (!isSet(value) || accepts === true || accepts?.(value)) return [];
    return [
      unsupported(`${path}.${field}`, accepts && typeof value !== 'object' ? `'${String(value)}'` : ''),
    ];
  });
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function unsupported(path: string, detail = ''): string {
  return `${path}${detail ? ` ${detail}` : ''} is not supported by this version of Longshore`;
}
