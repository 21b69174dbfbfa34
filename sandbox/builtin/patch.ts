// The four patch formats, each a function from the stored object to the new one. Server-side apply is answered by a
// merge patch: no field ownership, no conflicts, no removal of fields that a later apply leaves out.
import { applyPatch, type Operation } from 'rfc6902';
import { ApiError, badRequest, invalid, unsupportedMediaType } from './api-error.ts';
import { clone, isObject } from './json.ts';
import type { JsonObject, ResourceDefinition } from './resource.ts';
import { strategicMerge } from './strategic-merge.ts';

const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
  'application/strategic-merge-patch+json',
];

export interface PatchRequest {
  readonly contentType: string;
  readonly body: unknown;
  readonly resource: ResourceDefinition;
  readonly name: string;
}

/** Does not change `current`. */
export function applyPatchTo(current: JsonObject, request: PatchRequest): JsonObject {
  const { contentType, body, resource } = request;
  const accepted = resource.schema ? PATCH_TYPES.slice(0, 3) : PATCH_TYPES;
  if (!accepted.includes(contentType)) throw unsupportedMediaType(contentType, accepted);
  if (contentType === 'application/json-patch+json') return jsonPatch(current, request);
  if (!isObject(body)) throw badRequest('error decoding patch: json: cannot unmarshal value into an object');
  if (contentType === 'application/strategic-merge-patch+json')
    return strategicMerge(current, body, resource.kind);
  const merged = mergePatch(current, body);
  return isObject(merged) ? merged : {};
}

const MAX_OPERATIONS = 10_000;

function jsonPatch(current: JsonObject, { body, resource, name }: PatchRequest): JsonObject {
  if (!Array.isArray(body))
    throw badRequest('error decoding patch: json: cannot unmarshal object into an array');
  if (body.length > MAX_OPERATIONS) {
    const message = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${body.length}`;
    throw new ApiError(413, 'RequestEntityTooLarge', message);
  }
  const operations = body.map(decodeOperation);
  const target = clone(current);
  const failure = applyPatch(target, operations).find((error) => error !== null);
  if (failure) {
    const message = failure.name === 'TestError' ? 'testing value failed: test failed' : failure.message;
    throw invalid(resource, name, [{ type: 'invalid', field: 'patch', detail: message }]);
  }
  return target;
}

const OPERATIONS: ReadonlySet<unknown> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/** Decoder: an operation rfc6902 can be trusted with. */
function decodeOperation(operation: unknown): Operation {
  if (!isObject(operation) || !OPERATIONS.has(operation['op']) || typeof operation['path'] !== 'string') {
    throw badRequest(`error decoding patch: unexpected operation ${JSON.stringify(operation)}`);
  }
  const needsFrom = operation['op'] === 'move' || operation['op'] === 'copy';
  if (needsFrom && typeof operation['from'] !== 'string') {
    throw badRequest('error decoding patch: "from" is missing');
  }
  return operation as unknown as Operation;
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
