// Which hop a stream fails at, from how it went on each way: through the API server and at the kubelet port itself, over
// each transport. Pure.
import type { Transport } from '../stream-client.ts';
import { type Finding, fail, ok } from './check.ts';

/** Undefined: it went well. */
export type Trouble = string | undefined;

export interface StreamTrial {
  /** Undefined: there is no choice. */
  readonly transport: Transport | undefined;
  readonly throughApiServer: Trouble;
  /** Not there: the port cannot be dialled from here. */
  readonly atPort?: { readonly trouble: Trouble };
}

/** `remedyFor`: what to do by what the API server says; undefined: nothing is known. */
export function streamFindings(
  what: string,
  trials: readonly StreamTrial[],
  remedyFor: (text: string) => string | undefined,
): Finding[] {
  const fine = trials.filter(({ throughApiServer, atPort }) => !throughApiServer && !atPort?.trouble);
  const findings = trials.flatMap((trial) => troubles(what, trial, { fine, remedyFor }));
  if (fine.length === 0) return findings;
  const names = fine.flatMap(({ transport }) => transport ?? []);
  const over = names.length > 0 ? ` over ${names.join(' and over ')}` : '';
  const where = fine.every(({ atPort }) => atPort)
    ? 'through the API server and at the kubelet port'
    : 'through the API server';
  return [ok(`${what} works${over}, ${where}`), ...findings];
}

interface Others {
  readonly fine: readonly StreamTrial[];
  readonly remedyFor: (text: string) => string | undefined;
}

function troubles(what: string, trial: StreamTrial, others: Others): Finding[] {
  const { transport, throughApiServer, atPort } = trial;
  const over = transport ? `${what} over ${transport}` : what;
  if (atPort?.trouble !== undefined) {
    const text = `${over} fails at the kubelet port: ${atPort.trouble}`;
    const elsewhere = throughApiServer === undefined ? ', though not through the API server' : '';
    return [fail(`${text}${elsewhere}`, AT_PORT)];
  }
  if (throughApiServer === undefined) return [];
  return [
    fail(
      `${over} fails through the API server: ${throughApiServer}`,
      remedy(trial, throughApiServer, others),
    ),
  ];
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
