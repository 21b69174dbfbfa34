// Who, and may they: asked about every request in this order before anything else is, so that a stranger learns nothing,
// not even which paths exist.
import type { IncomingMessage } from 'node:http';
import { describeError, errorCode } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { User } from '../model/access.ts';
import { type CallerDeps, identifyCaller } from './caller.ts';
import { type Reply, replyToError } from './reply.ts';
import type { CallerReviews } from './review-cache.ts';
import { accessAlternatives, findRoute, parseTarget, type Route, type Target } from './routes.ts';

export interface AdmissionDeps extends CallerDeps {
  readonly reviews: CallerReviews;
  readonly nodeName: string;
  readonly log: Log;
}

export interface Admitted {
  readonly route: Route;
  readonly target: Target;
}

/** What is asked for; or the refusal. */
export async function admit(deps: AdmissionDeps, request: IncomingMessage): Promise<Admitted | Reply> {
  const method = request.method ?? '';
  const user = await authenticate(deps, request);
  if ('status' in user) return user;
  const target = parseTarget(request.url ?? '');
  if (!target)
    return { status: 400, text: 'the path is malformed: a percent sign must start a valid escape' };
  const route = findRoute(method, target.segments);
  const refusal = await authorize(deps, user, { method, segments: target.segments });
  return refusal ?? { route, target };
}

/** A stranger may not keep an idle connection: there are only so many. */
const LAST = { Connection: 'close' };
const UNAUTHORIZED: Reply = { status: 401, text: 'Unauthorized', headers: LAST };

/** A token the API server cannot be asked about is refused like a wrong one; the log tells them apart. */
async function authenticate(deps: AdmissionDeps, request: IncomingMessage): Promise<User | Reply> {
  try {
    return (await identifyCaller(request, deps)) ?? UNAUTHORIZED;
  } catch (error) {
    if (errorCode(error) === 'exhausted')
      return { ...replyToError(error), headers: { ...LAST, 'Retry-After': '5' } };
    deps.log.warn({ error: describeError(error) }, 'cannot check a bearer token for the kubelet API');
    return UNAUTHORIZED;
  }
}

async function authorize(
  deps: AdmissionDeps,
  user: User,
  { method, segments }: { readonly method: string; readonly segments: readonly string[] },
): Promise<Reply | undefined> {
  const alternatives = accessAlternatives({ method, segments, nodeName: deps.nodeName });
  const { verb = '' } = alternatives[0] ?? {};
  for (const attributes of alternatives) {
    const what = `user=${user.name}, verb=${verb}, resource=nodes`;
    try {
      if ((await deps.reviews.authorize(user, attributes)).allowed) return undefined;
    } catch (error) {
      deps.log.warn(
        { user: user.name, error: describeError(error) },
        'cannot check access to the kubelet API',
      );
      return { status: 500, text: `Authorization error (${what}, subresource=${attributes.subresource})` };
    }
  }
  const names = alternatives.map(({ subresource }) => subresource).join(' ');
  // A method without a verb can be allowed to nobody: let the route answer 405, or 404 where there is none.
  if (alternatives.length === 0) return undefined;
  return {
    status: 403,
    text: `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${names}])`,
  };
}
