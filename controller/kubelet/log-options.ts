// The query of containerLogs, read as the kubelet reads v1.PodLogOptions: what cannot be decoded is 400, what decodes
// and makes no sense is 422.

export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  /** Unix milliseconds; absent: from the beginning. */
  readonly sinceTimeMs?: number;
  /** At least 1; by the clock of the machine that has the log. */
  readonly sinceSeconds?: number;
  /** Absent: all lines; 0: none of the past. */
  readonly tailLines?: number;
  /** At least 1; absent: no limit. */
  readonly limitBytes?: number;
  readonly stream: keyof typeof STREAMS;
}

/** As the query names them. */
const STREAMS = { LOG_STREAM_ALL: 'All', LOG_STREAM_STDOUT: 'Stdout', LOG_STREAM_STDERR: 'Stderr' } as const;

export type ParsedLogOptions =
  | { readonly ok: true; readonly options: LogOptions }
  | { readonly ok: false; readonly status: 400 | 422; readonly message: string };

/** Unknown parameters are ignored, of repeated ones the first counts. */
export function parseLogOptions(query: URLSearchParams): ParsedLogOptions {
  const tail = query.get('tail');
  const tailLines = integer(tail ? (tail === 'all' ? null : tail) : query.get('tailLines'));
  const sinceSeconds = integer(query.get('sinceSeconds'));
  const limitBytes = integer(query.get('limitBytes'));
  const sinceTime = time(query.get('sinceTime'));
  const stream = streamNamed(query.get('stream'));

  if (tailLines === 'malformed') return undecodable('tailLines is no whole number');
  if (sinceSeconds === 'malformed') return undecodable('sinceSeconds is no whole number');
  if (limitBytes === 'malformed') return undecodable('limitBytes is no whole number');
  if (sinceTime === 'malformed') return undecodable('sinceTime is no RFC 3339 time');

  if (tailLines !== undefined && tailLines < 0) return invalid('tailLines must be 0 or more');
  if (limitBytes !== undefined && limitBytes < 1) return invalid('limitBytes must be 1 or more');
  if (sinceSeconds !== undefined && sinceSeconds < 1) return invalid('sinceSeconds must be 1 or more');
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    return invalid('at most one of sinceTime and sinceSeconds may be given');
  if (!stream) return invalid('stream must be All, Stdout or Stderr');
  if (stream !== 'LOG_STREAM_ALL' && tailLines !== undefined)
    return invalid('tailLines and one stream are mutually exclusive for now');

  return {
    ok: true,
    options: {
      follow: flag(query.get('follow')),
      previous: flag(query.get('previous')),
      timestamps: flag(query.get('timestamps')),
      ...(sinceTime !== undefined && sinceTime > 0 ? { sinceTimeMs: sinceTime } : {}),
      ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
      ...(tailLines === undefined ? {} : { tailLines }),
      ...(limitBytes === undefined ? {} : { limitBytes }),
      stream,
    },
  };
}

const undecodable = (why: string) =>
  ({ ok: false, status: 400, message: message('Unable to decode query', why) }) as const;
const invalid = (why: string) =>
  ({ ok: false, status: 422, message: message('Invalid request', why) }) as const;
const message = (what: string, why: string) => JSON.stringify({ message: `${what}: ${why}.` });

function streamNamed(text: string | null): LogOptions['stream'] | undefined {
  const names = Object.keys(STREAMS) as LogOptions['stream'][];
  return names.find((name) => STREAMS[name] === (text ?? 'All'));
}

/** Kubernetes' rule for query flags: there means true, unless it says false or 0. */
function flag(text: string | null): boolean {
  return text !== null && text !== '0' && text.toLowerCase() !== 'false';
}

/** A 64-bit integer; beyond what a number holds exactly it is clamped, which no log is long enough to notice. */
function integer(text: string | null): number | 'malformed' | undefined {
  if (text === null) return undefined;
  if (!/^[+-]?\d{1,19}$/.test(text)) return 'malformed';
  const value = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, value) !== value) return 'malformed';
  return Number(clamp(value));
}

function clamp(value: bigint): bigint {
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  if (value > limit) return limit;
  return value < -limit ? -limit : value;
}

const RFC3339 =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Old clients send "" or "null" for no time at all. */
function time(text: string | null): number | 'malformed' | undefined {
  if (text === null || text === '' || text === 'null') return undefined;
  const date = RFC3339.exec(text)?.[1];
  if (!date || !isCalendarDate(date)) return 'malformed';
  return Date.parse(text);
}

function isCalendarDate(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}
