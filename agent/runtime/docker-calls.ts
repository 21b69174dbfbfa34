// Every call to Docker, whoever makes it: what it asked for, how it ended, how long it took.
import type Docker from 'dockerode';

export interface DockerCall {
  /** Such as `containers/start`: no names. */
  readonly operation: string;
  /** `refused`: Docker said no, which may be what one wanted to know; `failed`: it said nothing. */
  readonly result: 'ok' | 'refused' | 'failed';
  readonly durationMs: number;
}

export type OnDockerCall = (call: DockerCall) => void;

interface DialOptions {
  readonly path: string;
  readonly method: string;
}

type Dialled = (error: unknown, data?: unknown) => void;

/** The client that all of dockerode's calls go through. */
interface Modem {
  dial(options: DialOptions, dialled: Dialled): void;
}

export function observeCalls(docker: Docker, told: OnDockerCall): Docker {
  const modem: Modem = docker.modem;
  const dial = modem.dial.bind(modem);
  modem.dial = (options, dialled) => {
    const sinceMs = performance.now();
    dial(options, (error, data) => {
      told({
        operation: operationOf(options),
        result: resultOf(error),
        durationMs: performance.now() - sinceMs,
      });
      dialled(error, data);
    });
  };
  return docker;
}

const KINDS: ReadonlySet<string> = new Set(['containers', 'images', 'networks', 'volumes', 'exec']);
const ACTIONS: ReadonlySet<string> = new Set([
  ...['create', 'start', 'stop', 'kill', 'wait', 'update', 'attach', 'logs', 'stats', 'resize', 'exec'],
  ...['export', 'archive', 'load', 'tag', 'prune', 'connect', 'disconnect', 'top', 'get'],
]);
const ALONE: ReadonlySet<string> = new Set(['info', 'version', 'events', '_ping', 'auth', 'df']);

/** An image's name may have slashes; what it asks for comes last. */
export function operationOf({ path, method }: DialOptions): string {
  const [kind = '', ...rest] = path
    .replace(/\?.*$/, '')
    .split('/')
    .filter((part) => part !== '');
  if (rest.length === 0 && ALONE.has(kind)) return kind;
  if (!KINDS.has(kind)) return 'other';
  const last = rest.at(-1) ?? '';
  if (last === 'json') return `${kind}/${rest.length === 1 ? 'list' : 'inspect'}`;
  if (method === 'POST' && ACTIONS.has(last)) return `${kind}/${last}`;
  if (method === 'DELETE') return `${kind}/remove`;
  if (method === 'GET' && ACTIONS.has(last) && rest.length > 1) return `${kind}/${last}`;
  return method === 'GET' ? `${kind}/${rest.length === 0 ? 'list' : 'inspect'}` : 'other';
}

function resultOf(error: unknown): DockerCall['result'] {
  if (!error) return 'ok';
  const { statusCode } = error as { readonly statusCode?: unknown };
  // What has been done already is no refusal.
  if (statusCode === 304) return 'ok';
  return typeof statusCode === 'number' ? 'refused' : 'failed';
}
