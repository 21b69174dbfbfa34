// The four patch formats, each a function from the stored object to the new one. Server-side apply merges as a strategic
// patch does, or as a merge patch for custom resources: no field ownership, no conflicts, no removal of fields that a
// later apply leaves out.
import { applyPatch, type Operation } from 'rfc6902';
import { describeError } from '../../common/errors.ts';
import {
  ApiError,
  badRequest,
  invalid,
  plainError,
  unprocessable,
  unsupportedMediaType,
  unsupportedPatchType,
} from './api-error.ts';
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
}

/** Throws a 415. */
export function checkPatchType(contentType: string, resource: ResourceDefinition): void {
  const accepted = resource.schema ? PATCH_TYPES.slice(0, 3) : PATCH_TYPES;
  if (accepted.includes(contentType)) return;
  throw resource.schema ? unsupportedMediaType(accepted) : unsupportedPatchType();
}

/** Does not change `current`. */
export function applyPatchTo(current: JsonObject, request: PatchRequest): JsonObject {
  const { contentType, body, resource } = request;
  if (contentType === 'application/json-patch+json') return jsonPatch(current, request);
  if (!isObject(body)) throw undecodable(body, 'map[string]interface {}');
  const knowsKeys = contentType !== 'application/merge-patch+json' && !resource.schema;
  if (knowsKeys) return strategicPatch(current, body, resource.kind);
  const merged = mergePatch(current, body);
  return isObject(merged) ? merged : {};
}

/** A malformed patch is the client's fault; of anything else that cannot be merged the real server knows less. */
function strategicPatch(current: JsonObject, patch: JsonObject, kind: string): JsonObject {
  try {
    return strategicMerge(current, patch, kind);
  } catch (error) {
    const message = describeError(error);
    throw message.startsWith('invalid patch format') ? badRequest(message) : plainError(message);
  }
}

const MAX_OPERATIONS = 10_000;

function jsonPatch(current: JsonObject, { body }: PatchRequest): JsonObject {
  if (!Array.isArray(body)) throw undecodable(body, '[]handlers.jsonPatchOp');
  if (body.length > MAX_OPERATIONS) {
    const message = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${body.length}`;
    throw new ApiError(413, 'RequestEntityTooLarge', message);
  }
  const target = clone(current);
  for (const operation of body.map(decodeOperation)) {
    const [failure] = applyPatch(target, [asAddition(operation)]);
    if (failure) throw unprocessable();
  }
  return target;
}

/** Replacing what is not there adds it, unless it is an element of a list. */
function asAddition(operation: Operation): Operation {
  if (operation.op !== 'replace' || /\/\d+$/.test(operation.path)) return operation;
  return { ...operation, op: 'add' };
}

function undecodable(body: unknown, goType: string): ApiError {
  const found = Array.isArray(body) ? 'array' : isObject(body) ? 'object' : typeof body;
  return badRequest(`error decoding patch: json: cannot unmarshal ${found} into Go value of type ${goType}`);
}

/** The 422 for a patch whose result is no object of its kind. The real server quotes the whole object; it is left out. */
export function unfittingPatch(problem: string): ApiError {
  const error = { type: 'invalid', field: 'patch', detail: problem } as const;
  return invalid({ group: '', kind: '' }, '', [error]);
}

const OPERATIONS: ReadonlySet<unknown> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/** Decoder: an operation rfc6902 can be trusted with. */
function decodeOperation(operation: unknown): Operation {
  if (!isObject(operation) || !OPERATIONS.has(operation['op']) || typeof operation['path'] !== 'string') {
    throw unprocessable();
  }
  const needsFrom = operation['op'] === 'move' || operation['op'] === 'copy';
  if (needsFrom && typeof operation['from'] !== 'string') throw unprocessable();
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
