// Calls to the API server: how many of what kind, how they ended, how long they took.
import { counter, histogram, type MetricFamily } from '../../common/metrics/family.ts';
import { createCounter, createHistogram } from '../../common/metrics/instruments.ts';

const REQUESTS = counter(
  'longshore_api_requests_total',
  'Requests to the API server; writes are those whose verb is not get, list or watch.',
  ['verb', 'resource', 'code'],
);
const DURATION = histogram(
  'longshore_api_request_duration_seconds',
  'How long requests to the API server took; of a watch, until it was accepted.',
  ['verb'],
);
const CLIENT = counter(
  'rest_client_requests_total',
  'Requests to the API server, as the clients of Kubernetes count them.',
  ['code', 'host', 'method'],
);

export interface ApiExchange {
  readonly server: string;
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
  /** Undefined: no answer came. */
  readonly statusCode: number | undefined;
  readonly durationMs: number;
}

export function createApiMetrics() {
  const requests = createCounter(REQUESTS);
  const duration = createHistogram(DURATION);
  const client = createCounter(CLIENT);
  return {
    exchanged({ server, method, path, isWatch, statusCode, durationMs }: ApiExchange): void {
      const { resource, hasName } = resourceOf(path);
      const verb = isWatch ? 'watch' : verbOf(method, hasName);
      const code = statusCode === undefined ? '<error>' : String(statusCode);
      requests.add({ verb, resource, code });
      duration.observe({ verb }, durationMs / 1000);
      client.add({ code, host: new URL(server).host, method });
    },
    families: (): MetricFamily[] => [requests.family(), duration.family(), client.family()],
  };
}

function verbOf(method: string, hasName: boolean): string {
  switch (method) {
    case 'GET':
      return hasName ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    default:
      return method.toLowerCase();
  }
}

/** Such as `pods/status`: no names, so there are no more of them than this program asks for. */
export function resourceOf(path: string): { readonly resource: string; readonly hasName: boolean } {
  const segments = path.split('/').slice(1);
  const rest = segments.slice(segments[0] === 'api' ? 2 : segments[0] === 'apis' ? 3 : segments.length);
  const [resource = '', name, subresource] =
    rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  if (resource === '') return { resource: 'other', hasName: true };
  const hasName = name !== undefined;
  return { resource: subresource === undefined ? resource : `${resource}/${subresource}`, hasName };
}
