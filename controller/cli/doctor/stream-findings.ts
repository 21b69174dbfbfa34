// Which hop a stream fails at, from how it went on each way: through the API server and at the kubelet port itself, over
// each transport. Pure.
import { describeError, errorCode } from '../../../common/errors.ts';
import type { Transport } from '../stream-client.ts';
import { type Finding, fail, MAY_NOT, ok, warn } from './check.ts';

export type Way = 'API server' | 'kubelet port';

export interface Trouble {
  readonly text: string;
  /** It is the user who may not, which says nothing of the way. */
  readonly isForbidden: boolean;
}

/** What a way failed with. Through the API server the port's refusal is one of the API server, and no user's. */
export function troubleOf(error: unknown, way: Way): Trouble {
  const text = describeError(error);
  const isOfPort = /Forbidden \(user=/.test(text);
  return { text, isForbidden: errorCode(error) === 'forbidden' && (way === 'kubelet port' || !isOfPort) };
}

export interface StreamTrial {
  /** Undefined: there is no choice. */
  readonly transport: Transport | undefined;
  /** Undefined: it went well. */
  readonly throughApiServer: Trouble | undefined;
  /** Not there: the port cannot be dialled from here. */
  readonly atPort?: { readonly trouble: Trouble | undefined };
}

/** `remedyFor`: what to do by what the API server says; undefined: nothing is known. */
export function streamFindings(
  what: string,
  trials: readonly StreamTrial[],
  remedyFor: (text: string) => string | undefined,
): Finding[] {
  const seen = trials.map(asFarAsAllowed);
  const fine = seen.filter(({ throughApiServer, atPort }) => !throughApiServer && !atPort?.trouble);
  const findings = [
    ...seen.flatMap((trial) => troubles(what, trial, { fine, remedyFor })),
    ...untried(what, trials),
  ];
  if (fine.length === 0) return findings;
  const names = fine.flatMap(({ transport }) => transport ?? []);
  const over = names.length > 0 ? ` over ${names.join(' and over ')}` : '';
  const where = fine.every(({ atPort }) => atPort)
    ? 'through the API server and at the kubelet port'
    : 'through the API server';
  return [ok(`${what} works${over}, ${where}`), ...findings];
}

/** What the user may not do at the port says nothing of it. */
function asFarAsAllowed({ atPort, ...trial }: StreamTrial): StreamTrial {
  return atPort && !atPort.trouble?.isForbidden ? { ...trial, atPort } : trial;
}

function untried(what: string, trials: readonly StreamTrial[]): Finding[] {
  const refusal = (ways: readonly (Trouble | undefined)[], where: string) => {
    const text = ways.find((trouble) => trouble?.isForbidden)?.text;
    return text === undefined ? [] : [warn(`${what} is not tried ${where}: ${text}`, MAY_NOT)];
  };
  return [
    ...refusal(
      trials.map(({ throughApiServer }) => throughApiServer),
      'through the API server',
    ),
    ...refusal(
      trials.map(({ atPort }) => atPort?.trouble),
      'at the kubelet port',
    ),
  ];
}

interface Others {
  readonly fine: readonly StreamTrial[];
  readonly remedyFor: (text: string) => string | undefined;
}

function troubles(what: string, trial: StreamTrial, others: Others): Finding[] {
  const { transport, throughApiServer, atPort } = trial;
  const over = transport ? `${what} over ${transport}` : what;
  if (atPort?.trouble !== undefined) {
    const text = `${over} fails at the kubelet port: ${atPort.trouble.text}`;
    const elsewhere = throughApiServer === undefined ? ', though not through the API server' : '';
    return [fail(`${text}${elsewhere}`, AT_PORT)];
  }
  if (throughApiServer === undefined || throughApiServer.isForbidden) return [];
  const { text } = throughApiServer;
  return [fail(`${over} fails through the API server: ${text}`, remedy(trial, text, others))];
}

const AT_PORT =
  'the way from the kubelet port to the agent fails: see the log of the controller, and `longshore agents logs` of the agent';

function remedy({ transport, atPort }: StreamTrial, text: string, { fine, remedyFor }: Others): string {
  if (transport && fine.length > 0) {
    const other = transport === 'SPDY';
    return `the other transport comes through, so what is between here and the API server (a proxy, a load balancer) does not pass the upgrade to ${transport}: have it do so, or set KUBECTL_REMOTE_COMMAND_WEBSOCKETS=${other} and KUBECTL_PORT_FORWARD_WEBSOCKETS=${other}`;
  }
  return remedyFor(text) ?? (atPort ? FROM_API_SERVER : ANYWHERE);
}

const FROM_API_SERVER =
  'it works at the kubelet port, so the way from the API server to the port fails, or the one from here to the API server does not pass upgrades: see the log of the API server';
const ANYWHERE =
  'see the log of the API server and of the controller; docs/kubelet-api.md says what it expects';
