// The review kinds: questions that are answered and not stored.
import type { ApiContext, ResourceCall } from './api-context.ts';
import { badRequest, type FieldError, invalid, invalidField, methodNotAllowed } from './api-error.ts';
import { readBody } from './content.ts';
import { isObject, objectAt, stringAt, stringsAt } from './json.ts';
import { timestamp, toKubeObject } from './kube-object.ts';
import { type Attributes, authorize, rulesFor } from './rbac.ts';
import type { Reply } from './reply.ts';
import { groupVersionOf, type JsonObject } from './resource.ts';
import type { Exchange } from './resource-calls.ts';
import { TOKEN_ISSUER, type User } from './tokens.ts';

type Review = (context: ApiContext, call: ResourceCall, body: JsonObject) => JsonObject;

const REVIEWS: Readonly<Record<string, Review>> = {
  tokenreviews: reviewToken,
  selfsubjectreviews: (_context, { user }) => ({ userInfo: userInfo(user) }),
  subjectaccessreviews: (context, _call, body) => decide(context, subjectOf(body), body),
  localsubjectaccessreviews: (context, _call, body) => decide(context, subjectOf(body), body),
  selfsubjectaccessreviews: (context, { user }, body) => {
    refuse(attributeErrors(body));
    return decide(context, user, body);
  },
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
  const answer = toKubeObject({
    kind,
    apiVersion: groupVersionOf(call.resource),
    metadata: reviewMetadata(context, call, body),
    // Which namespace was meant is not repeated.
    spec: call.resource.plural === 'selfsubjectrulesreviews' ? {} : body['spec'],
    status: review(context, call, body),
  });
  return { kind: 'json', code: 201, body: context.objects.formed(call.resource, answer) };
}

function reviewMetadata(
  { clock }: ApiContext,
  { info, resource }: ResourceCall,
  body: JsonObject,
): JsonObject {
  return {
    ...objectAt(body, 'metadata'),
    ...(info.namespace && { namespace: info.namespace }),
    ...(resource.plural === 'selfsubjectreviews' && { creationTimestamp: timestamp(clock.now()) }),
  };
}

function reviewToken({ tokens }: ApiContext, _call: ResourceCall, body: JsonObject): JsonObject {
  const asked = stringsAt(body, 'spec', 'audiences');
  const wanted = asked.length > 0 ? asked : [TOKEN_ISSUER];
  const token = stringAt(body, 'spec', 'token') ?? '';
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const verified = tokens.verify(token, wanted);
  if (!verified) {
    const meant = tokens.audiencesOf(token);
    const list = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
    const why = `token audiences ${list(meant ?? [])} is invalid for the target audiences ${list(wanted)}`;
    return { user: {}, error: meant ? `[invalid bearer token, ${why}]` : 'invalid bearer token' };
  }
  return { authenticated: true, user: userInfo(verified.user), audiences: verified.audiences };
}

function userInfo({ name, uid, groups, extra }: User): JsonObject {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function subjectOf(body: JsonObject): User {
  const spec = objectAt(body, 'spec') ?? {};
  const user = { name: stringAt(spec, 'user') ?? '', groups: stringsAt(spec, 'groups') };
  const errors = attributeErrors(body);
  if (user.name === '' && user.groups.length === 0) {
    errors.push(invalidField('spec.user', '', 'at least one of user or group must be specified'));
  }
  refuse(errors);
  return user;
}

/** The real server does not say which kind it refuses. */
function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'authorization.k8s.io', kind: '' }, '', errors);
}

function attributeErrors(body: JsonObject): FieldError[] {
  const path = objectAt(body, 'spec', 'nonResourceAttributes');
  const resource = objectAt(body, 'spec', 'resourceAttributes');
  if (path && resource) {
    const shown = { Path: stringAt(path, 'path') ?? '', Verb: stringAt(path, 'verb') ?? '' };
    const why = 'cannot be specified in combination with resourceAttributes';
    return [invalidField('spec.nonResourceAttributes', shown, why)];
  }
  if (path || resource) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalidField('spec.resourceAttributes', null, why)];
}

function decide({ objects }: ApiContext, user: User, body: JsonObject): JsonObject {
  const { allowed, reason } = authorize(objects.storage, user, attributesOf(body));
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function attributesOf(body: JsonObject): Attributes {
  const path = objectAt(body, 'spec', 'nonResourceAttributes');
  if (path) return { verb: stringAt(path, 'verb') ?? '', path: stringAt(path, 'path') ?? '' };
  const resource = objectAt(body, 'spec', 'resourceAttributes') ?? {};
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
