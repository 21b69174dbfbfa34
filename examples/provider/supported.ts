// Which fields of a pod this provider honours. Pure. A pod that asks for more must not run half-right: it waits, and says so.
import type { Pod } from '../../common/pod.ts';

type Fields = Readonly<Record<string, unknown>>;

const OF_PODS = new Set([
  ...['containers', 'restartPolicy', 'terminationGracePeriodSeconds'],
  // True of every process that has no container around it.
  ...['hostNetwork', 'hostPID', 'hostIPC', 'os'],
  // Done by others: the API server, the scheduler, placement.
  ...['nodeName', 'nodeSelector', 'affinity', 'tolerations', 'topologySpreadConstraints', 'schedulerName'],
  ...['priority', 'priorityClassName', 'preemptionPolicy', 'serviceAccount', 'serviceAccountName'],
  // Mean nothing where there are no images, or nobody mounts them.
  ...['imagePullSecrets', 'volumes', 'automountServiceAccountToken'],
  // Every pod has them: the machine's resolver is used, and Services are not in the environment.
  ...['dnsPolicy', 'enableServiceLinks'],
]);

const OF_CONTAINERS = new Set([
  ...['name', 'command', 'args', 'env', 'ports', 'image', 'imagePullPolicy'],
  ...['terminationMessagePath', 'terminationMessagePolicy'],
  // Looked at more closely.
  ...['resources', 'volumeMounts'],
]);

/** The paths of those that are not honoured, and of what is missing. */
export function unsupported({ spec }: Pod): string[] {
  const ofContainers = spec.containers.flatMap((container) => {
    const { name, command = [], env = [], resources, volumeMounts = [] } = container;
    return [
      ...beyond(OF_CONTAINERS, container),
      ...(command.length > 0 ? [] : ['command (must be given: there are no images here)']),
      ...mounts(volumeMounts),
      ...env.filter(({ valueFrom }) => valueFrom).map((variable) => `env[${variable.name}].valueFrom`),
      ...(isAskedFor(resources?.limits) ? ['resources.limits'] : []),
    ].map((field) => `containers{${name}}.${field}`);
  });
  return [...beyond(OF_PODS, spec), ...ofContainers].map((field) => `spec.${field}`);
}

/** The API server adds one of its own to every pod that does not refuse it. */
function mounts(wanted: readonly { readonly mountPath: string }[]): string[] {
  if (wanted.length === 0) return [];
  const onlyToken = wanted.every(({ mountPath }) => mountPath === TOKEN_FOLDER);
  return [onlyToken ? 'volumeMounts (set automountServiceAccountToken: false in the pod)' : 'volumeMounts'];
}

const TOKEN_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

function beyond(honoured: ReadonlySet<string>, fields: Fields | object): string[] {
  return Object.entries(fields)
    .filter(([field, value]) => !honoured.has(field) && isAskedFor(value))
    .map(([field]) => field);
}

function isAskedFor(value: unknown): boolean {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return value !== undefined && value !== null && value !== false && !isEmpty;
}
