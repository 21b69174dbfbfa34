// What a controller announces by mDNS, as the browsing helper passes it on: one JSON object per line. Pure. Anybody on
// the network may have written it.
import { isIP } from 'node:net';

/** The browsing helper's command line; `main.ts` then calls `runMdnsBrowse`. */
export const MDNS_BROWSE = '--mdns-browse';

export interface Announcement {
  /** HOST:PORT */
  readonly address: string;
  /** The first digits of the CA's hash; empty when it names none. */
  readonly caHashPrefix: string;
}

const CA_PREFIX = /^[0-9a-f]{12,64}$/;
const MAX_LINE = 4096;

export interface HeardService {
  readonly addresses: readonly string[];
  readonly port: number;
  /** `key=value` */
  readonly txt: readonly string[];
}

export function formatHeard(service: HeardService): string {
  return JSON.stringify(service);
}

/** Undefined when the line is no usable announcement. */
export function parseAnnouncement(line: string): Announcement | undefined {
  if (line.length > MAX_LINE) return undefined;
  const { addresses, port, txt } = parseObject(line);
  const host = Array.isArray(addresses)
    ? addresses.find((each) => typeof each === 'string' && isIP(each) !== 0 && each !== '0.0.0.0')
    : '';
  if (!host || typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    return undefined;
  const texts = Array.isArray(txt) ? txt.filter((entry) => typeof entry === 'string') : [];
  const prefix = texts.find((entry) => entry.startsWith('ca='))?.slice('ca='.length) ?? '';
  return {
    address: isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`,
    caHashPrefix: CA_PREFIX.test(prefix) ? prefix : '',
  };
}

function parseObject(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
