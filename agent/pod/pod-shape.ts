// Whether a pod has the shape that the agent reads it in: each field that is looked at is of its kind. The API server
// keeps pods so; a damaged file or a defect elsewhere may not, and must not take the agent down with it.

type Shape =
  | 'text'
  /** Text that must be there. */
  | 'given'
  /** A number, or a text. */
  | 'port'
  | 'quantity'
  | 'number'
  | 'flag'
  | 'texts'
  | 'numbers'
  | 'map'
  | readonly [Fields]
  | Fields;
interface Fields {
  readonly [field: string]: Shape;
}

const QUANTITIES: Fields = { requests: 'map', limits: 'map' };
const SELECTOR: Fields = { fieldPath: 'text', resource: 'text', containerName: 'text', divisor: 'quantity' };
const NAMED: Fields = { name: 'text', optional: 'flag' };
const KEY_OF: Fields = { ...NAMED, key: 'text' };
const ENVIRONMENT: Fields = {
  env: [
    {
      name: 'text',
      value: 'text',
      valueFrom: {
        fieldRef: SELECTOR,
        resourceFieldRef: SELECTOR,
        configMapKeyRef: KEY_OF,
        secretKeyRef: KEY_OF,
        fileKeyRef: { volumeName: 'text', path: 'text', key: 'text', optional: 'flag' },
      },
    },
  ],
  envFrom: [{ prefix: 'text', configMapRef: NAMED, secretRef: NAMED }],
};
const MODE: Fields = { defaultMode: 'number' };
const KEYS: Fields = { ...NAMED, items: [{ key: 'text', path: 'text', mode: 'number' }] };
const DOWNWARD: Fields = {
  items: [{ path: 'text', mode: 'number', fieldRef: SELECTOR, resourceFieldRef: SELECTOR }],
};
const PROJECTED: Fields = {
  ...MODE,
  sources: [
    {
      configMap: KEYS,
      secret: KEYS,
      downwardAPI: DOWNWARD,
      serviceAccountToken: { audience: 'text', expirationSeconds: 'number', path: 'text' },
      clusterTrustBundle: {
        name: 'text',
        signerName: 'text',
        labelSelector: {
          matchLabels: 'map',
          matchExpressions: [{ key: 'text', operator: 'text', values: 'texts' }],
        },
        path: 'text',
        optional: 'flag',
      },
    },
  ],
};
const PROFILES: Fields = {
  seccompProfile: { type: 'text', localhostProfile: 'text' },
  appArmorProfile: { type: 'text', localhostProfile: 'text' },
  seLinuxOptions: 'map',
  runAsUser: 'number',
  runAsGroup: 'number',
  runAsNonRoot: 'flag',
};

const HANDLER: Fields = {
  exec: { command: 'texts' },
  httpGet: {
    host: 'text',
    port: 'port',
    path: 'text',
    scheme: 'text',
    httpHeaders: [{ name: 'text', value: 'text' }],
  },
  tcpSocket: { host: 'text', port: 'port' },
};
const HOOK: Fields = { ...HANDLER, sleep: { seconds: 'number' } };

const PROBE: Fields = {
  ...HANDLER,
  grpc: { port: 'number', service: 'text' },
  initialDelaySeconds: 'number',
  periodSeconds: 'number',
  timeoutSeconds: 'number',
  successThreshold: 'number',
  failureThreshold: 'number',
  terminationGracePeriodSeconds: 'number',
};

const CONTAINER: Fields = {
  name: 'text',
  image: 'text',
  imagePullPolicy: 'text',
  command: 'texts',
  args: 'texts',
  workingDir: 'text',
  terminationMessagePath: 'text',
  terminationMessagePolicy: 'text',
  stdin: 'flag',
  stdinOnce: 'flag',
  tty: 'flag',
  ...ENVIRONMENT,
  ports: [{ containerPort: 'number', hostPort: 'number', protocol: 'text', hostIP: 'text' }],
  resources: QUANTITIES,
  resizePolicy: [{ resourceName: 'text', restartPolicy: 'text' }],
  securityContext: {
    ...PROFILES,
    privileged: 'flag',
    readOnlyRootFilesystem: 'flag',
    allowPrivilegeEscalation: 'flag',
    capabilities: { add: 'texts', drop: 'texts' },
    procMount: 'text',
  },
  startupProbe: PROBE,
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  lifecycle: { postStart: HOOK, preStop: HOOK, stopSignal: 'text' },
  restartPolicy: 'text',
  restartPolicyRules: [{ action: 'text', exitCodes: { operator: 'text', values: 'numbers' } }],
  volumeMounts: [
    {
      name: 'given',
      mountPath: 'given',
      mountPropagation: 'text',
      readOnly: 'flag',
      recursiveReadOnly: 'text',
      subPath: 'text',
      subPathExpr: 'text',
    },
  ],
};

const STATE: Fields = {
  running: {},
  waiting: {},
  terminated: { exitCode: 'number', containerID: 'text' },
};

const CONTAINER_STATUSES: readonly [Fields] = [
  { name: 'text', restartCount: 'number', state: STATE, lastState: STATE },
];

const POD: Fields = {
  metadata: {
    labels: 'map',
    annotations: 'map',
    generation: 'number',
    deletionTimestamp: 'text',
    deletionGracePeriodSeconds: 'number',
  },
  spec: {
    containers: [CONTAINER],
    initContainers: [CONTAINER],
    ephemeralContainers: [{ ...CONTAINER, targetContainerName: 'text' }],
    volumes: [
      {
        name: 'given',
        configMap: { ...KEYS, ...MODE },
        downwardAPI: { ...DOWNWARD, ...MODE },
        emptyDir: { medium: 'text', sizeLimit: 'text' },
        ephemeral: {},
        hostPath: { path: 'text', type: 'text' },
        image: { reference: 'text', pullPolicy: 'text' },
        nfs: { path: 'given', readOnly: 'flag', server: 'given' },
        persistentVolumeClaim: { claimName: 'given', readOnly: 'flag' },
        projected: PROJECTED,
        secret: { ...KEYS, ...MODE, secretName: 'text' },
      },
    ],
    imagePullSecrets: [{ name: 'text' }],
    os: { name: 'text' },
    serviceAccountName: 'text',
    enableServiceLinks: 'flag',
    readinessGates: [{ conditionType: 'text' }],
    hostAliases: [{ ip: 'text', hostnames: 'texts' }],
    dnsConfig: { nameservers: 'texts', searches: 'texts', options: [{ name: 'text', value: 'text' }] },
    dnsPolicy: 'text',
    hostname: 'text',
    hostnameOverride: 'text',
    setHostnameAsFQDN: 'flag',
    subdomain: 'text',
    nodeName: 'text',
    resources: QUANTITIES,
    runtimeClassName: 'text',
    restartPolicy: 'text',
    activeDeadlineSeconds: 'number',
    terminationGracePeriodSeconds: 'number',
    hostNetwork: 'flag',
    hostPID: 'flag',
    hostIPC: 'flag',
    shareProcessNamespace: 'flag',
    securityContext: {
      ...PROFILES,
      fsGroup: 'number',
      supplementalGroups: 'numbers',
      supplementalGroupsPolicy: 'text',
      sysctls: [{ name: 'text', value: 'text' }],
    },
  },
  status: {
    phase: 'text',
    startTime: 'text',
    qosClass: 'text',
    conditions: [{ type: 'text', status: 'text' }],
    initContainerStatuses: CONTAINER_STATUSES,
    containerStatuses: CONTAINER_STATUSES,
    ephemeralContainerStatuses: CONTAINER_STATUSES,
  },
};

/** The path of the first field that is not what it must be; undefined when all is well. */
export function malformedField(pod: unknown): string | undefined {
  return flaw(pod, POD, '');
}

function flaw(value: unknown, shape: Shape, path: string): string | undefined {
  if (value === undefined || value === null) return shape === 'given' ? path : undefined;
  switch (shape) {
    case 'text':
    case 'given':
      return typeof value === 'string' ? undefined : path;
    case 'port':
      return typeof value === 'string' || Number.isSafeInteger(value) ? undefined : path;
    case 'quantity':
      return isScalar(value) ? undefined : path;
    case 'number':
      return Number.isSafeInteger(value) ? undefined : path;
    case 'flag':
      return typeof value === 'boolean' ? undefined : path;
    case 'texts':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? undefined : path;
    case 'numbers':
      return Array.isArray(value) && value.every(Number.isSafeInteger) ? undefined : path;
    case 'map':
      return isObject(value) && Object.values(value).every(isScalar) ? undefined : path;
    default:
      return isList(shape) ? flawInList(value, shape[0], path) : flawInFields(value, shape, path);
  }
}

function flawInList(value: unknown, fields: Fields, path: string): string | undefined {
  if (!Array.isArray(value)) return path;
  const index = value.findIndex((item) => !isObject(item));
  if (index >= 0) return `${path}[${index}]`;
  return first(value, (item, at) => flawInFields(item, fields, `${path}[${at}]`));
}

function flawInFields(value: unknown, fields: Fields, path: string): string | undefined {
  if (!isObject(value)) return path;
  return first(Object.entries(fields), ([field, shape]) =>
    flaw(value[field], shape, path === '' ? field : `${path}.${field}`),
  );
}

function first<T>(
  items: readonly T[],
  look: (item: T, at: number) => string | undefined,
): string | undefined {
  for (const [at, item] of items.entries()) {
    const found = look(item, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isList(shape: Shape): shape is readonly [Fields] {
  return Array.isArray(shape);
}

/** Quantities may be numbers in JSON. */
function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
