// The review kinds: questions that are answered and not stored.
import type { ApiContext, ResourceCall } from './api-context.ts';
import { badRequest, methodNotAllowed } from './api-error.ts';
import { readBody } from './content.ts';
import { isObject, objectAt, stringAt, stringsAt } from './json.ts';
import { type Attributes, authorize, rulesFor } from './rbac.ts';
import type { Reply } from './reply.ts';
import { groupVersionOf, type JsonObject } from './resource.ts';
import type { Exchange } from './resource-calls.ts';
import type { User } from './tokens.ts';

type Review = (context: ApiContext, call: ResourceCall, body: JsonObject) => JsonObject;

const REVIEWS: Readonly<Record<string, Review>> = {
  tokenreviews: reviewToken,
  selfsubjectreviews: (_context, { user }) => ({ userInfo: userInfo(user) }),
  subjectaccessreviews: (context, _call, body) => decide(context, subjectOf(body), body),
  localsubjectaccessreviews: (context, _call, body) => decide(context, subjectOf(body), body),
  selfsubjectaccessreviews: (context, { user }, body) => decide(context, user, body),
  selfsubjectrulesreviews: reviewRules,
};

export function isReview(call: ResourceCall): boolean {
  return call.resource.group.startsWith('auth') && call.resource.plural in REVIEWS;
}

export async function handleReview(
  context: ApiContext,
  call: ResourceCall,
  { request }: Exchange,
): Promise<Reply> {
  const review = REVIEWS[call.resource.plural];
  if (call.info.verb !== 'create' || !review) throw methodNotAllowed();
  const body = (await readBody(request)) ?? {};
  if (!isObject(body)) throw badRequest(`the body of the request must be a ${call.resource.kind} object`);
  const { kind } = call.resource;
  const answer = {
    kind,
    apiVersion: groupVersionOf(call.resource),
    metadata: objectAt(body, 'metadata') ?? { creationTimestamp: null },
    ...(body['spec'] === undefined ? {} : { spec: body['spec'] }),
    status: review(context, call, body),
  };
  return { kind: 'json', code: 201, body: answer };
}

function reviewToken({ tokens }: ApiContext, _call: ResourceCall, body: JsonObject): JsonObject {
  const asked = stringsAt(body, 'spec', 'audiences');
  const verified = tokens.verify(stringAt(body, 'spec', 'token') ?? '', asked.length > 0 ? asked : undefined);
  if (!verified) return { user: {}, error: '[invalid bearer token]' };
  return { authenticated: true, user: userInfo(verified.user), audiences: verified.audiences };
}

function userInfo({ name, uid, groups, extra }: User): JsonObject {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function subjectOf(body: JsonObject): User {
  const spec = objectAt(body, 'spec') ?? {};
  return { name: stringAt(spec, 'user') ?? '', groups: stringsAt(spec, 'groups') };
}

function decide({ objects }: ApiContext, user: User, body: JsonObject): JsonObject {
  const { allowed, reason } = authorize(objects.storage, user, attributesOf(body));
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function attributesOf(body: JsonObject): Attributes {
  const path = objectAt(body, 'spec', 'nonResourceAttributes');
  if (path) return { verb: stringAt(path, 'verb') ?? '', path: stringAt(path, 'path') ?? '' };
  const resource = objectAt(body, 'spec', 'resourceAttributes');
  if (!resource) {
    throw badRequest('spec.resourceAttributes or spec.nonResourceAttributes must be given');
  }
  const read = (field: string) => stringAt(resource, field) ?? '';
  return {
    verb: read('verb'),
    group: read('group'),
    resource: read('resource'),
    subresource: read('subresource') || undefined,
    namespace: read('namespace') || undefined,
    name: read('name') || undefined,
  };
}

function reviewRules({ objects }: ApiContext, { user }: ResourceCall, body: JsonObject): JsonObject {
  const namespace = stringAt(body, 'spec', 'namespace') ?? '';
  if (namespace === '') throw badRequest('no namespace on request');
  const rules = rulesFor(objects.storage, user, namespace);
  return {
    resourceRules: rules.filter((rule) => rule['resources'] !== undefined),
    nonResourceRules: rules.filter((rule) => rule['nonResourceURLs'] !== undefined),
    incomplete: false,
  };
}
