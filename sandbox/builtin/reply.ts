// Answers: what a handler returns and how it is written, as objects, tables or metadata only, whichever was asked for.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, badRequest } from './api-error.ts';
import type { Form } from './content.ts';
import { toVersion } from './event-conversion.ts';
import { numberAt, objectAt, objectsAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { Page } from './list-page.ts';
import { groupVersionOf, type JsonObject, type ResourceDefinition } from './resource.ts';
import { tableFor } from './table.ts';

export type Reply =
  | {
      readonly kind: 'object';
      readonly code: number;
      readonly resource: ResourceDefinition;
      readonly object: KubeObject;
    }
  | { readonly kind: 'list'; readonly resource: ResourceDefinition; readonly page: Page }
  | { readonly kind: 'json'; readonly code: number; readonly body: unknown; readonly contentType?: string }
  | { readonly kind: 'bytes'; readonly contentType: string; readonly body: Buffer | string }
  | { readonly kind: 'empty' }
  /** The handler writes the response itself and resolves when it is over. */
  | { readonly kind: 'stream'; readonly run: () => Promise<void> };

export interface Encoding {
  readonly form: Form;
  readonly includeObject: 'Metadata' | 'Object' | 'None';
  readonly now: number;
}

const INCLUDES = ['Metadata', 'Object', 'None'] as const;

export function encodingOf(form: Form, query: URLSearchParams, now: number): Encoding {
  const include = query.get('includeObject') || 'Metadata';
  const includeObject = INCLUDES.find((choice) => choice === include);
  if (form.kind === 'table' && !includeObject) {
    const why = `includeObject: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`;
    throw badRequest(`Unable to convert to Table as requested: ${why}`);
  }
  return { form, includeObject: includeObject ?? 'Metadata', now };
}

export function encodeObject(
  object: KubeObject,
  resource: ResourceDefinition,
  encoding: Encoding,
): JsonObject {
  const shown = toVersion(object, resource);
  switch (encoding.form.kind) {
    case 'object':
      return shown;
    case 'table':
      return withVersion(
        tableFor(resource, [shown], {
          includeObject: encoding.includeObject,
          now: encoding.now,
          listMeta: { resourceVersion: object.metadata.resourceVersion },
        }),
        encoding.form.version,
      );
    case 'partial':
      if (encoding.form.list)
        throw unsuited('PartialObjectMetadataList', `not a list (${goName(resource.kind)})`);
      return partialObject(shown, encoding.form.version);
    default:
      return encoding.form satisfies never;
  }
}

function encodeList(page: Page, resource: ResourceDefinition, encoding: Encoding): JsonObject {
  const { form } = encoding;
  const shown = page.items.map((item) => toVersion(item, resource));
  switch (form.kind) {
    case 'object':
      return {
        kind: resource.listKind,
        apiVersion: groupVersionOf(resource),
        metadata: resource.schema ? { continue: '', ...page.metadata } : page.metadata,
        // Items of built-in lists carry no kind of their own; those of custom resources do.
        items: resource.schema ? shown : shown.map(({ kind: _kind, apiVersion: _version, ...item }) => item),
      };
    case 'table':
      return withVersion(
        tableFor(resource, shown, {
          includeObject: encoding.includeObject,
          now: encoding.now,
          listMeta: { ...page.metadata },
        }),
        form.version,
      );
    case 'partial':
      if (!form.list) throw unsuited('PartialObjectMetadata', `a list (${goName(resource.listKind)})`);
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${form.version}`,
        metadata: page.metadata,
        items: shown.map((item) => partialObject(item, form.version)),
      };
    default:
      return form satisfies never;
  }
}

function unsuited(asked: string, found: string): ApiError {
  return new ApiError(406, 'NotAcceptable', `you requested ${asked}, but the requested object is ${found}`);
}

/** Go's name of the type. */
function goName(kind: string): string {
  return `*core.${kind}`;
}

function partialObject({ metadata }: JsonObject, version: string): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
}

function withVersion(table: JsonObject, version: string): JsonObject {
  if (version === 'v1') return table;
  const apiVersion = `meta.k8s.io/${version}`;
  const rows = objectsAt(table, 'rows').map((row) => {
    const object = objectAt(row, 'object');
    return object?.['kind'] === 'PartialObjectMetadata' ? { ...row, object: { ...object, apiVersion } } : row;
  });
  return { ...table, apiVersion, rows };
}

export async function sendReply(reply: Reply, response: ServerResponse, encoding: Encoding): Promise<void> {
  switch (reply.kind) {
    case 'object':
      return sendJson(response, reply.code, encodeObject(reply.object, reply.resource, encoding));
    case 'list':
      return sendJson(response, 200, encodeList(reply.page, reply.resource, encoding));
    case 'json':
      return sendJson(response, reply.code, reply.body, reply.contentType);
    case 'bytes':
      response.writeHead(200, { 'content-type': reply.contentType });
      response.end(reply.body);
      return;
    case 'empty':
      response.writeHead(204).end();
      return;
    case 'stream':
      return await reply.run();
    default:
      return reply satisfies never;
  }
}

export function sendJson(
  response: ServerResponse,
  code: number,
  body: unknown,
  contentType = 'application/json',
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    'content-type': contentType,
    'cache-control': 'no-cache, private',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

export function sendError(request: IncomingMessage, response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const retryAfter = numberAt(error.status, 'details', 'retryAfterSeconds');
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
  // What is left of a refused body must not be read as the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  sendJson(response, error.httpCode, error.status);
}

/** Outside of all APIs there is no Status. */
export function sendNoSuchPage(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
}

/** The Status of something done that leaves no object to show. */
export function success(details: JsonObject): JsonObject {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}
