// One request to the kubelet API from its first header to its last byte: who, may they, what, in this order, so that
// a stranger learns nothing, not even which paths exist.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../common/clock.ts';
import { describeError, errorCode } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { Pod } from '../../common/pod.ts';
import { VERSION } from '../../common/version.ts';
import type { AccessReviewer, User } from '../model/access.ts';
import { identifyCaller } from './caller.ts';
import type { ContainerLogs } from './container-logs.ts';
import { parseLogOptions } from './log-options.ts';
import { type Reply, replyToError, sendReply } from './reply.ts';
import { accessAlternatives, findRoute, parseTarget, type Route, type Target } from './routes.ts';
import { sendBody } from './send-body.ts';

export interface HandlerDeps {
  readonly reviewer: AccessReviewer;
  readonly nodeName: string;
  /** Every pod bound to the node, with its latest status. */
  readonly pods: () => readonly Pod[];
  readonly logs: ContainerLogs;
  /** What is wrong with the controller's own loops; undefined: nothing. */
  readonly unhealthy?: () => string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Log streams open at once; one more is answered 429. */
  readonly maxStreams: number;
}

/** Resolves when the response is finished or its connection is cut; never rejects. */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
) => Promise<void>;

interface Exchange {
  readonly response: ServerResponse;
  readonly target: Target;
  readonly signal: AbortSignal;
}

export function createRequestHandler(deps: HandlerDeps): RequestHandler {
  const serve = createDispatcher(deps);
  return async (request, response, signal) => {
    try {
      const admitted = await admit(deps, request);
      if ('status' in admitted) sendReply(response, admitted);
      else await serve(admitted.route, { response, target: admitted.target, signal });
    } catch (error) {
      fail(error, { request, response, signal, log: deps.log });
    }
  };
}

interface Admitted {
  readonly route: Route;
  readonly target: Target;
}

async function admit(deps: HandlerDeps, request: IncomingMessage): Promise<Admitted | Reply> {
  const method = request.method ?? '';
  const user = await authenticate(deps, request);
  // A stranger may not keep an idle connection: there are only so many.
  if (!user) return { status: 401, text: 'Unauthorized', headers: { Connection: 'close' } };
  const target = parseTarget(request.url ?? '');
  if (!target)
    return { status: 400, text: 'the path is malformed: a percent sign must start a valid escape' };
  const route = findRoute(method, target.segments);
  const refusal = await authorize(deps, user, { method, segments: target.segments });
  return refusal ?? { route, target };
}

/** A token the API server cannot be asked about is refused like a wrong one; the log tells them apart. */
async function authenticate(deps: HandlerDeps, request: IncomingMessage): Promise<User | undefined> {
  try {
    return await identifyCaller(request, deps.reviewer);
  } catch (error) {
    if (errorCode(error) === 'exhausted') throw error;
    deps.log.warn({ error: describeError(error) }, 'cannot check a bearer token for the kubelet API');
    return undefined;
  }
}

async function authorize(
  deps: HandlerDeps,
  user: User,
  { method, segments }: { readonly method: string; readonly segments: readonly string[] },
): Promise<Reply | undefined> {
  const alternatives = accessAlternatives({ method, segments, nodeName: deps.nodeName });
  const { verb = '' } = alternatives[0] ?? {};
  for (const attributes of alternatives) {
    const what = `user=${user.name}, verb=${verb}, resource=nodes`;
    try {
      if ((await deps.reviewer.authorize(user, attributes)).allowed) return undefined;
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

function createDispatcher(deps: HandlerDeps) {
  let streams = 0;

  const containerLogs = async (route: Extract<Route, { kind: 'containerLogs' }>, exchange: Exchange) => {
    const { response, target, signal } = exchange;
    const parsed = parseLogOptions(target.query, deps.clock.now());
    if (!parsed.ok) return sendReply(response, { status: parsed.status, text: parsed.message });
    if (streams >= deps.maxStreams) {
      const text = `too many log streams are open (${deps.maxStreams}); close some or try again later`;
      return sendReply(response, { status: 429, text, headers: { 'Retry-After': '5' } });
    }
    streams++;
    try {
      const { namespace, pod, container } = route;
      const chunks = await deps.logs.open({ namespace, pod, container, options: parsed.options }, signal);
      response.writeHead(200, { 'Content-Type': 'text/plain', 'X-Content-Type-Options': 'nosniff' });
      response.flushHeaders();
      await sendBody(response, chunks, signal);
    } finally {
      streams--;
    }
  };

  return async (route: Route, exchange: Exchange): Promise<void> => {
    const { response, signal } = exchange;
    switch (route.kind) {
      case 'containerLogs':
        return containerLogs(route, exchange);
      case 'pods':
        response.writeHead(200, { 'Content-Type': 'application/json' });
        return sendBody(response, podList(deps.pods()), signal);
      case 'healthz': {
        const problem = deps.unhealthy?.();
        return sendReply(response, problem ? { status: 500, text: problem } : { status: 200, text: 'ok' });
      }
      case 'unsupported':
        return sendReply(response, { status: 501, text: unsupported(route.what) });
      case 'methodNotAllowed':
        return sendReply(response, {
          status: 405,
          text: '405: Method Not Allowed',
          headers: { Allow: route.allow },
        });
      case 'notFound':
        return sendReply(response, { status: 404, text: '404: Page Not Found' });
      default:
        return route satisfies never;
    }
  };
}

function unsupported(what: string): string {
  // No colon with a space: kubectl would take the text for YAML, and show an empty error.
  return `${what} is not supported by this node (longshore ${VERSION} offers logs and the pod list)`;
}

/** A PodList, pod by pod, so that ten thousand of them are never one string. */
function* podList(pods: readonly Pod[]): Generator<string> {
  yield '{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[';
  for (const [index, pod] of pods.entries()) yield `${index === 0 ? '' : ','}${JSON.stringify(pod)}`;
  yield ']}\n';
}

interface Failure {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** After the headers a failure can only be shown by cutting the connection: an ended body would look complete. */
function fail(error: unknown, { request, response, signal, log }: Failure): void {
  if (signal.aborted) {
    response.destroy();
    return;
  }
  const level = errorCode(error) === 'internal' ? 'error' : 'debug';
  log[level]({ path: request.url?.split('?')[0], error: describeError(error) }, 'kubelet API request failed');
  if (response.headersSent) response.destroy();
  else sendReply(response, replyToError(error));
}
