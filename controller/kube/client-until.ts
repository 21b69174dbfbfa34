// A client whose calls end with a signal, for work that knows nothing of signals.
import type { KubeClient } from './client.ts';

export function clientUntil(client: KubeClient, signal: AbortSignal): KubeClient {
  const until = (own?: AbortSignal) => (own ? AbortSignal.any([own, signal]) : signal);
  return {
    server: client.server,
    namespace: client.namespace,
    request: (request) => client.request({ ...request, signal: until(request.signal) }),
    stream: (request) => client.stream({ ...request, signal: until(request.signal) }),
    async [Symbol.asyncDispose]() {},
  };
}
