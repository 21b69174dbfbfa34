// Failures of calls to the API server, made into one error type with our closed codes. Answers keep the HTTP status and
// the Kubernetes reason; connections that failed say what to check. The one place where HTTP becomes an ErrorCode.
import { type ErrorCode, LongshoreError } from '../../common/errors.ts';

export class ApiError extends LongshoreError {
  /** The HTTP status; undefined when no answer came. */
  readonly statusCode: number | undefined;
  /** The `reason` of the Status object, such as `AlreadyExists`; empty when there was none. */
  readonly reason: string;
  /** How long the server asked us to wait. */
  readonly retryAfterMs: number | undefined;
  /** What the server itself said; empty when no answer came. */
  readonly said: string;

  constructor(code: ErrorCode, message: string, details: ApiErrorDetails = {}) {
    super(code, message, { cause: details.cause });
    this.name = 'ApiError';
    this.statusCode = details.statusCode;
    this.reason = details.reason ?? '';
    this.retryAfterMs = details.retryAfterMs;
    this.said = details.said ?? '';
  }
}

export interface ApiErrorDetails {
  readonly statusCode?: number;
  readonly reason?: string;
  readonly retryAfterMs?: number;
  readonly said?: string;
  readonly cause?: unknown;
}

/** What an answer was, for the error it becomes. */
export interface FailedAnswer {
  readonly statusCode: number;
  /** The body as text: a Status object in JSON, or whatever a proxy in between wrote. */
  readonly body: string;
  readonly retryAfter?: string | undefined;
}

/** `what` names the call, such as `GET /api/v1/nodes/longshore`. */
export function errorOfAnswer(what: string, answer: FailedAnswer): ApiError {
  const status = parseStatus(answer.body);
  const reason = status.reason ?? '';
  const said = status.message ?? firstLine(answer.body);
  const seconds = Number(answer.retryAfter ?? status.retryAfterSeconds);
  return new ApiError(codeOf(answer.statusCode, reason), `${what}: ${advise(answer.statusCode, said)}`, {
    statusCode: answer.statusCode,
    reason,
    said: [said, ...(status.causes ?? [])].join(' '),
    ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: Math.min(seconds, 300) * 1000 } : {}),
  });
}

/** A Status object inside a watch. */
export function errorOfStatus(what: string, status: unknown): ApiError {
  const { code } = (typeof status === 'object' && status !== null ? status : {}) as { code?: unknown };
  return errorOfAnswer(what, {
    statusCode: typeof code === 'number' ? code : 500,
    body: JSON.stringify(status) ?? '',
  });
}

/** Whatever kept an answer from coming: refused, reset, timed out, a certificate that does not hold. */
export function errorOfConnection(server: string, cause: unknown): ApiError {
  const code = systemCode(cause);
  return new ApiError('unavailable', `cannot reach the API server ${server}: ${explain(code)}`, {
    reason: code,
    cause,
  });
}

export function isStatus(error: unknown, statusCode: number): boolean {
  return error instanceof ApiError && error.statusCode === statusCode;
}

/** Worth trying again unchanged after a while: the server was away, busy or asked for patience. */
export function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'unavailable' || error.code === 'exhausted');
}

function codeOf(statusCode: number, reason: string): ErrorCode {
  if (statusCode === 409) return reason === 'AlreadyExists' ? 'already-exists' : 'conflict';
  const known = CODES[statusCode];
  if (known) return known;
  if (statusCode >= 500) return 'unavailable';
  return statusCode >= 400 ? 'invalid' : 'internal';
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  408: 'unavailable',
  410: 'precondition',
  412: 'conflict',
  413: 'exhausted',
  429: 'exhausted',
};

function advise(statusCode: number, said: string): string {
  if (statusCode === 401) {
    return `the API server does not accept our credentials (${said}): renew the certificate or token of the kubeconfig's user`;
  }
  if (statusCode === 403) return `${said}: grant it with the files in deploy/, or use other credentials`;
  return said || `HTTP ${statusCode}`;
}

interface StatusFields {
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  /** Of a refused eviction: which budget, and what it needs. */
  readonly causes?: readonly string[];
}

function parseStatus(body: string): StatusFields {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status !== 'object' || status === null) return {};
    const { reason, message, details } = status as Record<string, unknown>;
    const about = (details ?? {}) as { readonly retryAfterSeconds?: unknown; readonly causes?: unknown };
    const seconds = about.retryAfterSeconds;
    return {
      causes: budgetCauses(about.causes),
      ...(typeof reason === 'string' ? { reason } : {}),
      ...(typeof message === 'string' ? { message: message.slice(0, 2000) } : {}),
      ...(typeof seconds === 'number' ? { retryAfterSeconds: seconds } : {}),
    };
  } catch {
    return {};
  }
}

function budgetCauses(causes: unknown): string[] {
  return (Array.isArray(causes) ? causes : []).slice(0, 10).flatMap((cause: unknown) => {
    const { reason, message } = (cause ?? {}) as { readonly reason?: unknown; readonly message?: unknown };
    return reason === 'DisruptionBudget' && typeof message === 'string' ? [message.slice(0, 500)] : [];
  });
}

function firstLine(body: string): string {
  return (body.trim().split('\n', 1)[0] ?? '').slice(0, 200);
}

/** The system's or OpenSSL's name for what happened, wherever in the chain of causes it is. */
function systemCode(cause: unknown): string {
  let current = cause;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    const { code } = current as { code?: unknown };
    const inner = current instanceof AggregateError ? current.errors[0] : current.cause;
    if (typeof code === 'string' && (code !== 'UND_ERR_SOCKET' || !(inner instanceof Error))) return code;
    current = inner;
  }
  return '';
}

function explain(code: string): string {
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/.test(code)) {
    return `its certificate is not valid today (${code}): check both machines' clocks, then renew the certificate`;
  }
  if (/ALTNAME/.test(code)) {
    return `its certificate is for another name (${code}): use a server address that the certificate names`;
  }
  if (/SELF_SIGNED|UNABLE_TO_|CERT_/.test(code)) {
    return `its certificate is not signed by the CA we were given (${code}): check certificate-authority in the kubeconfig`;
  }
  if (/ALERT/.test(code)) {
    return `it refused our certificate (${code}): check client-certificate and client-key in the kubeconfig`;
  }
  return EXPLANATIONS[code] ?? `the connection failed${code ? ` (${code})` : ''}`;
}

const CHECK = 'check that it runs and that the kubeconfig names the right server';
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: `nothing listens there (ECONNREFUSED): ${CHECK}`,
  ENOTFOUND: `its name cannot be resolved (ENOTFOUND): ${CHECK}`,
  EAI_AGAIN: `its name cannot be resolved now (EAI_AGAIN): check this machine's DNS`,
  EHOSTUNREACH: `there is no route to it (EHOSTUNREACH): ${CHECK}`,
  ENETUNREACH: `there is no route to it (ENETUNREACH): check this machine's network`,
  ECONNRESET: 'it closed the connection (ECONNRESET)',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: `no connection within 10 s: ${CHECK}`,
  UND_ERR_HEADERS_TIMEOUT: 'it accepted the call and did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'its answer stalled',
  ERR_SSL_WRONG_VERSION_NUMBER:
    'it does not speak TLS there: the server address should perhaps begin with http://',
};
