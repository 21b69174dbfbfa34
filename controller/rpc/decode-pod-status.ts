// A pod status as an agent reports it: checked so far that the API server will take it. One refused status would keep
// the pod's every later one from being seen, so what is malformed is found here and not there. Fields that are not
// known are dropped; so is the placement, which only the controller may write.
import { isIP } from 'node:net';
import { PLACED_CONDITION } from '../../common/names.ts';
import type { PodStatus } from '../../common/pod.ts';
import { boundedList, boundedText, invalidField, plainObject, wholeNumber } from './decode.ts';

export const MAX_STATUS_BYTES = 256 * 1024;

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];
const FINAL_PHASES = ['Succeeded', 'Failed'];
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const MAX_CONDITIONS = 64;
const MAX_CONTAINERS = 256;
const MAX_DEPTH = 16;

type Check = (value: unknown, field: string) => unknown;
type Shape = Readonly<Record<string, Check>>;

const text =
  (maxBytes: number): Check =>
  (value, field) =>
    boundedText(value, { field, maxBytes, anyCharacters: true });
const flag: Check = (value, field) => {
  if (typeof value !== 'boolean') throw invalidField(field, 'must be true or false');
  return value;
};
const count: Check = (value, field) => wholeNumber(value, field, 2 ** 31 - 1);
const wideCount: Check = (value, field) => wholeNumber(value, field);
const exitNumber: Check = (value, field) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > 2 ** 31 - 1) {
    throw invalidField(field, 'must be a whole number');
  }
  return value;
};
const time: Check = (value, field) => {
  boundedText(value, { field, maxBytes: 40, required: true, pattern: RFC3339 });
  if (Number.isNaN(Date.parse(String(value)))) throw invalidField(field, 'is no time');
  return value;
};
const address: Check = (value, field) => {
  if (typeof value !== 'string' || (value !== '' && isIP(value) === 0))
    throw invalidField(field, 'is no IP address');
  return value;
};
const oneOf =
  (...values: string[]): Check =>
  (value, field) => {
    if (!values.includes(value as string)) throw invalidField(field, `must be one of ${values.join(', ')}`);
    return value;
  };
const list =
  (maxItems: number, item: Check): Check =>
  (value, field) =>
    boundedList(value, { field, maxItems }, item);
const shaped =
  (shape: Shape, ...required: string[]): Check =>
  (value, field) => {
    const object = plainObject(value, field);
    for (const name of required)
      if (object[name] === undefined) throw invalidField(`${field}.${name}`, 'is missing');
    return pick(object, shape, field);
  };
/** Kept as it is, but not without bounds. */
const opaque: Check = (value, field) => {
  if (depthOf(value) > MAX_DEPTH) throw invalidField(field, 'is nested too deeply');
  return value;
};

const CONTAINER_STATE: Shape = {
  waiting: shaped({ reason: text(1024), message: text(32_768) }),
  running: shaped({ startedAt: time }),
  terminated: shaped(
    {
      exitCode: exitNumber,
      signal: exitNumber,
      reason: text(1024),
      message: text(32_768),
      startedAt: time,
      finishedAt: time,
      containerID: text(512),
    },
    'exitCode',
  ),
};

const CONTAINER_STATUS = shaped(
  {
    name: text(253),
    state: shaped(CONTAINER_STATE),
    lastState: shaped(CONTAINER_STATE),
    ready: flag,
    started: flag,
    restartCount: count,
    image: text(1024),
    imageID: text(1024),
    containerID: text(512),
    allocatedResources: opaque,
    resources: opaque,
    volumeMounts: opaque,
    user: opaque,
    stopSignal: text(32),
  },
  'name',
  'ready',
  'restartCount',
  'image',
  'imageID',
);

const CONDITION = shaped(
  {
    type: text(317),
    status: oneOf('True', 'False', 'Unknown'),
    reason: text(1024),
    message: text(32_768),
    lastProbeTime: (value, field) => (value === null ? value : time(value, field)),
    lastTransitionTime: time,
    observedGeneration: wideCount,
  },
  'type',
  'status',
);

const STATUS: Shape = {
  phase: oneOf(...PHASES),
  conditions: list(MAX_CONDITIONS, CONDITION),
  message: text(32_768),
  reason: text(1024),
  hostIP: address,
  hostIPs: list(16, shaped({ ip: address })),
  podIP: address,
  podIPs: list(16, shaped({ ip: address })),
  startTime: time,
  containerStatuses: list(MAX_CONTAINERS, CONTAINER_STATUS),
  initContainerStatuses: list(MAX_CONTAINERS, CONTAINER_STATUS),
  ephemeralContainerStatuses: list(MAX_CONTAINERS, CONTAINER_STATUS),
  qosClass: oneOf('Guaranteed', 'Burstable', 'BestEffort'),
  resize: text(64),
  resources: opaque,
  allocatedResources: opaque,
  observedGeneration: wideCount,
  resourceClaimStatuses: opaque,
};

/** Throws `invalid` naming the field. */
export function decodePodStatus(json: Buffer, field: string): PodStatus {
  if (json.byteLength > MAX_STATUS_BYTES)
    throw invalidField(field, `is larger than ${MAX_STATUS_BYTES} bytes`);
  const status = pick(plainObject(parseJson(json, field), field), STATUS, field) as PodStatus;
  if (!status.conditions) return status;
  return { ...status, conditions: status.conditions.filter(({ type }) => type !== PLACED_CONDITION) };
}

/** The status a pod ended with; undefined when the agent knows none. Throws `invalid` when it is not final. */
export function decodeFinalStatus(json: Buffer, field: string): PodStatus | undefined {
  if (json.byteLength === 0) return undefined;
  const status = decodePodStatus(json, field);
  if (!FINAL_PHASES.includes(status.phase ?? '')) {
    throw invalidField(`${field}.phase`, 'must be Succeeded or Failed');
  }
  return status;
}

function parseJson(json: Buffer, field: string): unknown {
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    throw invalidField(field, 'is not JSON');
  }
}

function pick(object: Record<string, unknown>, shape: Shape, field: string): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(shape)) {
    const value = object[name];
    if (value !== undefined) picked[name] = check(value, `${field}.${name}`);
  }
  return picked;
}

/** Counts no further than one level beyond what is allowed, so it cannot be made to recurse without end. */
function depthOf(value: unknown, limit = MAX_DEPTH + 1): number {
  if (limit === 0 || typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map((entry) => depthOf(entry, limit - 1)));
}
