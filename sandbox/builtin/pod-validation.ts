// The common mistakes in a pod, refused with the real server's words. Not every rule of the real one is here: what
// gets through is at worst reported by the node.
import { parseQuantity } from '../../common/quantity.ts';
import {
  duplicateField,
  type FieldError,
  forbiddenField,
  invalidField,
  required,
  unsupported,
} from './api-error.ts';
import { at, isObject, objectAt, objectsAt, stringAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { labelErrors, nameProblem, qualifiedNameProblems } from './names.ts';
import type { JsonObject } from './resource.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const ENV_NAME = /^[ -<>-~]+$/;
const PROBE_ACTIONS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];

export function podErrors(pod: KubeObject): FieldError[] {
  const spec = objectAt(pod, 'spec') ?? {};
  const volumes = new Set(objectsAt(spec, 'volumes').map((volume) => stringAt(volume, 'name') ?? ''));
  const names = new Set<string>();
  const each = (list: string) =>
    objectsAt(spec, list).flatMap((container, index) =>
      containerErrors(container, { field: `spec.${list}[${index}]`, volumes, names }),
    );
  return [
    ...volumeErrors(spec),
    ...(objectsAt(spec, 'containers').length === 0 ? [required('spec.containers')] : []),
    ...each('containers'),
    ...each('initContainers'),
    ...each('ephemeralContainers'),
    ...oneOf(spec, 'restartPolicy', 'spec', RESTART_POLICIES),
    ...oneOf(spec, 'dnsPolicy', 'spec', DNS_POLICIES),
    ...labelErrors(objectAt(spec, 'nodeSelector') ?? {}, 'spec.nodeSelector'),
    ...numberErrors(spec, 'activeDeadlineSeconds', { field: 'spec', min: 1, max: 2 ** 31 - 1 }),
    ...tolerationErrors(spec),
    ...nameErrors(spec),
  ];
}

function nameErrors(spec: JsonObject): FieldError[] {
  return (['nodeName', 'serviceAccountName', 'hostname', 'subdomain'] as const).flatMap((field) => {
    const value = stringAt(spec, field) ?? '';
    const rule = field === 'hostname' || field === 'subdomain' ? 'label' : 'subdomain';
    const problem = value === '' ? undefined : nameProblem(value, rule);
    return problem ? [invalidField(`spec.${field}`, value, problem)] : [];
  });
}

function oneOf(object: JsonObject, key: string, field: string, allowed: readonly string[]): FieldError[] {
  const value = at(object, key);
  return typeof value === 'string' && allowed.includes(value)
    ? []
    : [unsupported(`${field}.${key}`, value ?? '', allowed)];
}

function numberErrors(
  object: JsonObject,
  key: string,
  { field, min, max }: { readonly field: string; readonly min: number; readonly max: number },
): FieldError[] {
  const value = at(object, key);
  if (value === undefined || value === null) return [];
  if (typeof value === 'number' && value >= min && value <= max) return [];
  return [invalidField(`${field}.${key}`, value, `must be between ${min} and ${max}, inclusive`)];
}

interface ContainerContext {
  readonly field: string;
  readonly volumes: ReadonlySet<string>;
  /** Names seen so far in the pod; grows. */
  readonly names: Set<string>;
}

function containerErrors(container: JsonObject, { field, volumes, names }: ContainerContext): FieldError[] {
  const errors: FieldError[] = [];
  const name = stringAt(container, 'name') ?? '';
  const problem = nameProblem(name, 'label');
  if (name === '') errors.push(required(`${field}.name`));
  else if (problem) errors.push(invalidField(`${field}.name`, name, problem));
  else if (names.has(name)) errors.push(duplicateField(`${field}.name`, name));
  names.add(name);
  const image = stringAt(container, 'image') ?? '';
  if (image === '') errors.push(required(`${field}.image`));
  else if (image.trim() !== image) {
    errors.push(invalidField(`${field}.image`, image, 'must not have leading or trailing whitespace'));
  }
  return [
    ...errors,
    ...oneOf(container, 'imagePullPolicy', field, PULL_POLICIES),
    ...oneOf(container, 'terminationMessagePolicy', field, MESSAGE_POLICIES),
    ...portErrors(container, field),
    ...envErrors(container, field),
    ...mountErrors(container, field, volumes),
    ...probeErrors(container, field),
    ...resourceErrors(container, field),
  ];
}

function portErrors(container: JsonObject, field: string): FieldError[] {
  return objectsAt(container, 'ports').flatMap((port, index) => {
    const own = `${field}.ports[${index}]`;
    const bounds = { field: own, min: 1, max: 65_535 };
    const hostPort = port['hostPort'] === 0 ? {} : port;
    return [
      ...(port['containerPort'] === undefined ? [required(`${own}.containerPort`)] : []),
      ...numberErrors(port, 'containerPort', bounds),
      ...numberErrors(hostPort, 'hostPort', bounds),
      ...oneOf(port, 'protocol', own, PROTOCOLS),
    ];
  });
}

function envErrors(container: JsonObject, field: string): FieldError[] {
  return objectsAt(container, 'env').flatMap((variable, index) => {
    const own = `${field}.env[${index}]`;
    const name = stringAt(variable, 'name') ?? '';
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${own}.name`));
    else if (!ENV_NAME.test(name)) {
      errors.push(
        invalidField(
          `${own}.name`,
          name,
          "a valid environment variable name must consist only of printable ASCII characters other than '='",
        ),
      );
    }
    if (variable['valueFrom'] !== undefined && variable['value']) {
      errors.push(invalidField(`${own}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    }
    return errors;
  });
}

function mountErrors(container: JsonObject, field: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>();
  return objectsAt(container, 'volumeMounts').flatMap((mount, index) => {
    const own = `${field}.volumeMounts[${index}]`;
    const [name, path] = [stringAt(mount, 'name') ?? '', stringAt(mount, 'mountPath') ?? ''];
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${own}.name`));
    else if (!volumes.has(name)) {
      errors.push({ type: 'invalid', field: `${own}.name`, detail: `Not found: ${JSON.stringify(name)}` });
    }
    if (path === '') errors.push(required(`${own}.mountPath`));
    else if (paths.has(path)) errors.push(invalidField(`${own}.mountPath`, path, 'must be unique'));
    paths.add(path);
    return errors;
  });
}

function probeErrors(container: JsonObject, field: string): FieldError[] {
  return ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((name) => {
    const probe = objectAt(container, name);
    if (!probe) return [];
    const own = `${field}.${name}`;
    const actions = PROBE_ACTIONS.filter((action) => isObject(probe[action]));
    const errors: FieldError[] = [];
    if (actions.length === 0) errors.push(required(own, 'must specify a handler type'));
    if (actions.length > 1) {
      errors.push(forbiddenField(`${own}.${actions[1]}`, 'may not specify more than 1 handler type'));
    }
    if (name !== 'readinessProbe' && probe['successThreshold'] !== 1) {
      errors.push(invalidField(`${own}.successThreshold`, probe['successThreshold'], 'must be 1'));
    }
    return errors;
  });
}

function resourceErrors(container: JsonObject, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const limits = objectAt(container, 'resources', 'limits') ?? {};
  for (const list of ['limits', 'requests']) {
    for (const [name, text] of Object.entries(objectAt(container, 'resources', list) ?? {})) {
      const own = `${field}.resources.${list}.${name}`;
      const [problem] = qualifiedNameProblems(name);
      const quantity = parseQuantity(String(text));
      const limit = parseQuantity(String(limits[name] ?? ''));
      if (problem) errors.push(invalidField(own, name, problem));
      else if (quantity === undefined) {
        errors.push(invalidField(own, text, 'quantities must match the regular expression'));
      } else if (quantity < 0n) {
        errors.push(invalidField(own, String(text), 'must be greater than or equal to 0'));
      } else if (list === 'requests' && limit !== undefined && quantity > limit) {
        const detail = `must be less than or equal to ${name} limit of ${limits[name]}`;
        errors.push(invalidField(`${field}.resources.requests`, String(text), detail));
      }
    }
  }
  return errors;
}

function volumeErrors(spec: JsonObject): FieldError[] {
  const seen = new Set<string>();
  return objectsAt(spec, 'volumes').flatMap((volume, index) => {
    const field = `spec.volumes[${index}]`;
    const name = stringAt(volume, 'name') ?? '';
    const problem = nameProblem(name, 'label');
    const sources = Object.entries(volume).filter(([key, value]) => key !== 'name' && isObject(value));
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${field}.name`));
    else if (problem) errors.push(invalidField(`${field}.name`, name, problem));
    else if (seen.has(name)) errors.push(duplicateField(`${field}.name`, name));
    seen.add(name);
    if (sources.length > 1) {
      errors.push(forbiddenField(`${field}.${sources[1]?.[0]}`, 'may not specify more than 1 volume type'));
    }
    return errors;
  });
}

function tolerationErrors(spec: JsonObject): FieldError[] {
  return objectsAt(spec, 'tolerations').flatMap((toleration, index) => {
    const field = `spec.tolerations[${index}]`;
    const { operator = 'Equal', effect = '', value = '', key = '' } = toleration;
    const errors: FieldError[] = [];
    if (key === '' && operator !== 'Exists') {
      errors.push(
        invalidField(
          `${field}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    }
    if (operator !== 'Exists' && operator !== 'Equal') {
      errors.push(unsupported(`${field}.operator`, operator, ['Equal', 'Exists']));
    }
    if (operator === 'Exists' && value !== '') {
      errors.push(
        invalidField(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'"),
      );
    }
    if (effect !== '' && !['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(String(effect))) {
      errors.push(unsupported(`${field}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']));
    }
    return errors;
  });
}
