// What the client wants to read and what it sent: Accept and Content-Type, bodies with their bound.
import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { describeError, errorCode } from '../../common/errors.ts';
import { ApiError, badRequest, tooLarge, unsupportedMediaType } from './api-error.ts';
import { decodeProtobufBody, PROTOBUF_TYPE } from './protobuf-body.ts';
import type { JsonObject } from './resource.ts';

const MAX_BODY_BYTES = 3 * 1024 * 1024;

const READABLE = ['application/json', 'application/yaml'];

export type Form =
  | { readonly kind: 'object' }
  | { readonly kind: 'table'; readonly version: string }
  /** metadata.k8s.io: only names and labels. */
  | { readonly kind: 'partial'; readonly list: boolean; readonly version: string };

/** The first form in the client's list that we have; JSON only. Throws 406 when there is none. */
export function negotiate(accept: string | undefined): Form {
  if (accept === undefined || accept.trim() === '') return { kind: 'object' };
  for (const choice of accept.split(',')) {
    const [type = '', ...parameters] = choice.split(';').map((part) => part.trim());
    if (!['application/json', 'application/*', '*/*'].includes(type.toLowerCase())) continue;
    const named = new Map(
      parameters.map((parameter) => [parameter.split('=')[0], parameter.split('=')[1] ?? '']),
    );
    const as = named.get('as');
    if (as === undefined) return { kind: 'object' };
    if (named.get('g') !== 'meta.k8s.io') continue;
    const version = named.get('v') ?? 'v1';
    if (as === 'Table') return { kind: 'table', version };
    if (as === 'PartialObjectMetadata') return { kind: 'partial', list: false, version };
    if (as === 'PartialObjectMetadataList') return { kind: 'partial', list: true, version };
  }
  throw new ApiError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf (of these this development server has only application/json)',
  );
}

export function contentTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Undefined for an empty body. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  const type = contentTypeOf(request);
  if (type === PROTOBUF_TYPE && bytes.length > 0) return readProtobuf(bytes);
  const text = bytes.toString('utf8');
  if (text.trim() === '') return undefined;
  // Nothing in the Kubernetes API is called so, and merging it would reach into Object.prototype.
  if (text.includes('"__proto__"')) throw badRequest('the object contains the key "__proto__"');
  if (type.includes('protobuf') || type.includes('cbor')) throw unsupportedMediaType(type, READABLE);
  if (type.endsWith('yaml') && !/^\s*[{[]/.test(text)) return readYaml(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type JSON): ${describe(error)}`);
  }
}

function readProtobuf(bytes: Buffer): JsonObject {
  try {
    return decodeProtobufBody(bytes);
  } catch (error) {
    // A kind that is not among those it knows: the client has to send JSON.
    if (errorCode(error) === 'precondition') throw unsupportedMediaType(describeError(error), READABLE);
    throw error;
  }
}

function readYaml(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${describe(error)}`);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
