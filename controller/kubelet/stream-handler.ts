// One request to the kubelet API that turns into streams, from its first header to its connection's end.
import type { IncomingMessage } from 'node:http';
import { describeError, errorCode } from '../../common/errors.ts';
import { type AdmissionDeps, admit } from './admission.ts';
import { type CommandDeps, type CommandRoute, openCommand } from './command.ts';
import { openPortForward, type PortForwardDeps } from './port-forward.ts';
import { type Reply, replyToError } from './reply.ts';
import { findRoute, parseTarget, type Route } from './routes.ts';
import type { ServeStream } from './stream/serve.ts';
import { refuseUpgrade, type Upgrade } from './stream/upgrade.ts';

export interface StreamHandlerDeps extends AdmissionDeps, CommandDeps, PortForwardDeps {
  /** Open at once; one more is answered 429. */
  readonly maxStreams: number;
  /** Without a byte either way the connection of a stream that was admitted is closed. */
  readonly streamIdleTimeoutMs: number;
}

/**
 * Resolves when the connection is closed or about to be, with the status that was answered, 0 where the client has left
 * before; never rejects.
 */
export type StreamHandler = (upgrade: Upgrade, signal: AbortSignal) => Promise<number>;

/** Whether it is to become a stream; else it is answered as if it had not asked for an upgrade. */
export function wantsStream({ method = '', url = '' }: IncomingMessage): boolean {
  const target = parseTarget(url);
  return target !== undefined && isStream(findRoute(method, target.segments));
}

type StreamRoute = CommandRoute | Extract<Route, { kind: 'portForward' }>;

function isStream(route: Route): route is StreamRoute {
  return route.kind === 'exec' || route.kind === 'attach' || route.kind === 'portForward';
}

export function createStreamHandler(deps: StreamHandlerDeps): StreamHandler {
  let open = 0;

  async function admitted({ request }: Upgrade, signal: AbortSignal): Promise<Reply | ServeStream> {
    const asked = await admit(deps, request);
    if ('status' in asked) return asked;
    const { route, target } = asked;
    if (!isStream(route)) return { status: 404, text: '404: Page Not Found' };
    if (open > deps.maxStreams) {
      const text = `too many streams are open (${deps.maxStreams}); close some or try again later`;
      return { status: 429, text, headers: { 'Retry-After': '5' } };
    }
    const stream = { request, query: target.query, signal };
    return route.kind === 'portForward'
      ? openPortForward(route, stream, deps)
      : openCommand(route, stream, deps);
  }

  function failed(error: unknown, { request }: Upgrade): void {
    const level = errorCode(error) === 'internal' ? 'error' : 'debug';
    const path = request.url?.split('?')[0];
    deps.log[level]({ path, error: describeError(error) }, 'kubelet API stream failed');
  }

  return async (upgrade, signal) => {
    open++;
    let status = 101;
    try {
      const answer = await admitted(upgrade, signal).catch((error: unknown) => {
        if (!signal.aborted) failed(error, upgrade);
        return replyToError(error);
      });
      // Nobody would tell of its end again. What was opened for it hears of it by the signal.
      if (upgrade.socket.destroyed) return 0;
      if (typeof answer === 'function') {
        upgrade.socket.setTimeout(deps.streamIdleTimeoutMs);
        await answer(upgrade);
      } else {
        status = answer.status;
        await refuseUpgrade(upgrade, answer);
      }
    } catch (error) {
      failed(error, upgrade);
    } finally {
      open--;
      // A refusal may still be on its way.
      if (!upgrade.socket.writableEnded) upgrade.socket.destroy();
    }
    return status;
  };
}
