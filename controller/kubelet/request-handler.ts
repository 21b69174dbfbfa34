// One request to the kubelet API, other than those that turn into streams, from its first header to its last byte.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeError, errorCode } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { EXPOSITION_TYPE, expositionText } from '../../common/metrics/exposition.ts';
import type { Pod } from '../../common/pod.ts';
import type { NodeFigures } from '../model/figures/node-figures.ts';
import { type AdmissionDeps, admit } from './admission.ts';
import type { ContainerLogs } from './container-logs.ts';
import { type Body, figuresBody } from './figures-body.ts';
import type { PodFinder } from './found-pod.ts';
import { createHealthChecks } from './health-checks.ts';
import { parseLogOptions } from './log-options.ts';
import { podList, runningPods } from './pod-lists.ts';
import { replyToError, sendReply } from './reply.ts';
import type { Route, Target } from './routes.ts';
import { runInContainer } from './run-in-container.ts';
import { sendBody } from './send-body.ts';

export interface HandlerDeps extends AdmissionDeps {
  /** Every pod bound to the node, with its latest status. */
  readonly pods: () => readonly Pod[];
  /** What the node and its pods use. */
  readonly figures: (signal: AbortSignal) => Promise<NodeFigures>;
  /** How this kubelet is set up. */
  readonly configz: () => object;
  readonly logs: ContainerLogs;
  readonly podFinder: PodFinder;
  /** In Prometheus' text format. */
  readonly metrics: (signal: AbortSignal) => Promise<Iterable<string>>;
  /** What is wrong with the controller's own loops; undefined: nothing. */
  readonly unhealthy?: () => string | undefined;
  /** Logs open at once; one more is answered 429. */
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

function createDispatcher(deps: HandlerDeps) {
  const health = createHealthChecks(() => deps.unhealthy?.());
  const counted = atMost(deps.maxStreams, 'streams are open', 'close some or try again later');
  const runs = atMost(MAX_RUNS, 'commands are run', 'try again when one has ended, or use exec');

  const containerLogs = async (route: Extract<Route, { kind: 'containerLogs' }>, exchange: Exchange) => {
    const { response, target, signal } = exchange;
    const parsed = parseLogOptions(target.query);
    if (!parsed.ok) return sendReply(response, { status: parsed.status, text: parsed.message });
    await counted(response, async () => {
      const { namespace, pod, container } = route;
      const chunks = await deps.logs.open({ namespace, pod, container, options: parsed.options }, signal);
      response.writeHead(200, { 'Content-Type': 'text/plain', 'X-Content-Type-Options': 'nosniff' });
      response.flushHeaders();
      await sendBody(response, chunks, signal);
    });
  };

  return async (route: Route, exchange: Exchange): Promise<void> => {
    const { response } = exchange;
    switch (route.kind) {
      case 'containerLogs':
        return containerLogs(route, exchange);
      case 'pods':
        return send(exchange, { contentType: JSON_TYPE, chunks: podList(deps.pods()) });
      case 'metrics':
        return send(exchange, { contentType: EXPOSITION_TYPE, chunks: await deps.metrics(exchange.signal) });
      case 'slis':
        return send(exchange, { contentType: EXPOSITION_TYPE, chunks: expositionText(health.families()) });
      case 'runningPods':
        return send(exchange, { contentType: JSON_TYPE, chunks: podList(runningPods(deps.pods())) });
      case 'figures':
        return send(
          exchange,
          figuresBody(route.what, await deps.figures(exchange.signal), exchange.target.query),
        );
      case 'configz':
        return send(exchange, { contentType: JSON_TYPE, chunks: [JSON.stringify(deps.configz())] });
      case 'checkpoint':
        return sendReply(response, { status: 404, text: NO_CHECKPOINTS });
      case 'healthz': {
        const problem = health.look(route.checks);
        return sendReply(response, problem ? { status: 500, text: problem } : { status: 200, text: 'ok' });
      }
      case 'exec':
      case 'attach':
      case 'portForward':
        return sendReply(response, { status: 400, text: 'Upgrade request required' });
      case 'run':
        return runs(response, async () =>
          sendReply(
            response,
            await runInContainer(route, exchange.target.query, { ...deps, signal: exchange.signal }),
          ),
        );
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

/** The answers to these are held in memory, up to their bound. */
const MAX_RUNS = 8;

/** Serves so many at a time, and turns others away. */
function atMost(most: number, what: string, advice: string) {
  let open = 0;
  return async (response: ServerResponse, serve: () => Promise<void>): Promise<void> => {
    if (open >= most) {
      const text = `too many ${what} (${most}); ${advice}`;
      return sendReply(response, { status: 429, text, headers: { 'Retry-After': '5' } });
    }
    open++;
    try {
      await serve();
    } finally {
      open--;
    }
  };
}

const JSON_TYPE = 'application/json';
const NO_CHECKPOINTS = 'containers of this node cannot be checkpointed: it offers no CRIU';

function send({ response, signal }: Exchange, { contentType, chunks }: Body): Promise<void> {
  response.writeHead(200, { 'Content-Type': contentType });
  return sendBody(response, chunks, signal);
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
