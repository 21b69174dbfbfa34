// What the client wants to read and what it sent: Accept and Content-Type, bodies with their bound.
import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { errorCode } from '../../common/errors.ts';
import { ApiError, badRequest, tooLarge, unsupportedMediaType } from './api-error.ts';
import { decodeProtobufBody, PROTOBUF_TYPE } from './protobuf-body.ts';
import type { JsonObject } from './resource.ts';

const MAX_BODY_BYTES = 3 * 1024 * 1024;

const READABLE = ['application/json', 'application/yaml', PROTOBUF_TYPE];

export type Form =
  | { readonly kind: 'object' }
  | { readonly kind: 'table'; readonly version: string }
  /** metadata.k8s.io: only names and labels. */
  | { readonly kind: 'partial'; readonly list: boolean; readonly version: string };

const REPRESENTATIONS =
  'application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';
const VERSIONS = ['v1', 'v1beta1'];

/** The first form in the client's list that we have; JSON only. Throws 406 when there is none. */
export function negotiate(accept: string | undefined): Form {
  if (accept === undefined || accept.trim() === '') return { kind: 'object' };
  let isJson = false;
  for (const choice of accept.split(',')) {
    const [type = '', ...parameters] = choice.split(';').map((part) => part.trim());
    if (!['application/json', '*/*'].includes(type.toLowerCase())) continue;
    isJson = true;
    const named = new Map(
      parameters.map((parameter) => [parameter.split('=')[0], parameter.split('=')[1] ?? '']),
    );
    const as = named.get('as');
    if (as === undefined) return { kind: 'object' };
    if (named.get('g') !== 'meta.k8s.io') continue;
    const version = named.get('v') ?? 'v1';
    if (!VERSIONS.includes(version)) continue;
    if (as === 'Table') return { kind: 'table', version };
    if (as === 'PartialObjectMetadata') return { kind: 'partial', list: false, version };
    if (as === 'PartialObjectMetadataList') return { kind: 'partial', list: true, version };
  }
  if (!isJson) {
    const message = `406: Not Acceptable\n\nAvailable representations: ${REPRESENTATIONS}`;
    throw new ApiError(406, 'NotAcceptable', message, {});
  }
  const types = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
  throw new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${types}`);
}

export function contentTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** What is said before the parser's own words about a body that is no JSON. */
export const NO_JSON = "couldn't get version/kind; json parse error: ";

/** Undefined for an empty body. */
export async function readBody(request: IncomingMessage, unreadable = NO_JSON): Promise<unknown> {
  const bytes = await readBytes(request);
  const type = contentTypeOf(request);
  if (type === PROTOBUF_TYPE && bytes.length > 0) return readProtobuf(bytes);
  const text = bytes.toString('utf8');
  if (text.trim() === '') return undefined;
  // Nothing in the Kubernetes API is called so, and merging it would reach into Object.prototype.
  if (text.includes('"__proto__"')) throw badRequest('the object contains the key "__proto__"');
  if (type !== '' && !/(json|yaml)$/.test(type)) throw unsupportedMediaType(READABLE);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (type.endsWith('yaml')) return readYaml(text, unreadable.replace(NO_JSON, ''));
    throw badRequest(`${unreadable}${describe(error)}`);
  }
}

function readProtobuf(bytes: Buffer): JsonObject {
  try {
    return decodeProtobufBody(bytes);
  } catch (error) {
    // A kind that is not among those it knows: the client has to send JSON.
    if (errorCode(error) === 'precondition') throw unsupportedMediaType(READABLE);
    throw error;
  }
}

function readYaml(text: string, unreadable: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    throw badRequest(`${unreadable}yaml: ${describe(error)}`);
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
