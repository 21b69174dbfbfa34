// Request bodies in Kubernetes' protobuf form, for the kinds that kubectl sends so: since 1.32 its typed commands (`create
// namespace`, `create token`, `auth can-i`, `certificate approve`, `drain` …) speak nothing else. Answers stay JSON, which
// clients accept. Field numbers are the API's; a field without `optional` means nothing when it is zero or empty.
import protobuf from 'protobufjs';
import { describeError, LongshoreError } from '../../common/errors.ts';
import { PROTOBUF_KINDS } from './protobuf-kinds.ts';
import type { JsonObject } from './resource.ts';

export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/**
 * The object as its JSON form would be. Throws `invalid` for bytes that are no such object, and `precondition` for a kind
 * that is not among those above (415: the client has to send JSON).
 */
export function decodeProtobufBody(body: Uint8Array): JsonObject {
  const magic = Buffer.from(body.subarray(0, MAGIC.length));
  if (!magic.equals(MAGIC)) throw new LongshoreError('invalid', 'the body does not start with "k8s\\x00"');
  const root = protobuf.parse(PROTOBUF_KINDS, { keepCase: true }).root;
  const envelope = decode(root.lookupType('Unknown'), body.subarray(MAGIC.length));
  const { apiVersion, kind } = typeMetaOf(envelope);
  const type = root.get(kind);
  if (!isType(type) || !SERVED.includes(kind)) {
    throw new LongshoreError(
      'precondition',
      `${kind || 'this kind'} cannot be read as protobuf here; send JSON`,
    );
  }
  const raw: unknown = Reflect.get(envelope, 'raw');
  const object = jsonOf(type, decode(type, raw instanceof Uint8Array ? raw : new Uint8Array()));
  return { apiVersion, kind, ...object };
}

const MAGIC = Buffer.from('k8s\0');

const SERVED = [
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'ConfigMap',
  'DeleteOptions',
  'Eviction',
  'Namespace',
  'PodDisruptionBudget',
  'PriorityClass',
  'Role',
  'RoleBinding',
  'Secret',
  'SelfSubjectAccessReview',
  'SelfSubjectReview',
  'SelfSubjectRulesReview',
  'Service',
  'ServiceAccount',
  'TokenRequest',
];

function decode(type: protobuf.Type, bytes: Uint8Array): object {
  try {
    return type.decode(bytes);
  } catch (error) {
    throw new LongshoreError('invalid', `malformed protobuf of a ${type.name}: ${describeError(error)}`);
  }
}

function typeMetaOf(envelope: object): { readonly apiVersion: string; readonly kind: string } {
  const meta: unknown = Reflect.get(envelope, 'typeMeta');
  const text = (field: string) => (typeof meta === 'object' && meta !== null ? Reflect.get(meta, field) : '');
  return { apiVersion: String(text('apiVersion')), kind: String(text('kind')) };
}

function jsonOf(type: protobuf.Type, message: object): JsonObject {
  const json: JsonObject = {};
  for (const field of type.fieldsArray) {
    // Accessors of the prototype give defaults; only what was on the wire is the message's own.
    if (!Object.hasOwn(message, field.name)) continue;
    const value = fieldJson(field.resolve(), Reflect.get(message, field.name));
    if (value !== undefined) json[field.name] = value;
  }
  return json;
}

function fieldJson(field: protobuf.Field, value: unknown): unknown {
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((item) => valueJson(field, item));
  if (field.map && typeof value === 'object' && value !== null) {
    if (Object.keys(value).length === 0) return undefined;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueJson(field, item)]));
  }
  const json = valueJson(field, value);
  const isPointer = field.options?.['proto3_optional'] === true;
  const isZero = json === '' || json === 0 || json === false;
  return isZero && !isPointer ? undefined : json;
}

function valueJson(field: protobuf.Field, value: unknown): unknown {
  const type = field.resolvedType;
  if (isType(type) && typeof value === 'object' && value !== null) return messageJson(type, value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  // 64-bit numbers come as objects; those of the Kubernetes API fit a double.
  return typeof value === 'object' && value !== null ? Number(value) : value;
}

/** The messages that stand for something else in JSON. */
function messageJson(type: protobuf.Type, message: object): unknown {
  const read = (name: string): unknown => Reflect.get(message, name);
  switch (type.name) {
    case 'Time': {
      const seconds = Number(read('seconds'));
      return seconds === 0 ? undefined : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
    }
    case 'IntOrString':
      return Number(read('type')) === 1 ? read('strVal') : read('intVal');
    case 'ExtraValue':
      return read('items');
    default:
      return jsonOf(type, message);
  }
}

function isType(value: unknown): value is protobuf.Type {
  return value instanceof protobuf.Type;
}
