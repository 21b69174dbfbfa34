// The gRPC port: calls, under the names that gRPC's servers have for them, the agents' sessions, and the streams of logs
// and commands.
import { counter, gauge, histogram, type MetricFamily } from '../../common/metrics/family.ts';
import { createCounter, createHistogram, createLevel } from '../../common/metrics/instruments.ts';

const CALL = ['grpc_service', 'grpc_method'] as const;
const STARTED = counter('grpc_server_started_total', 'Calls to the gRPC port that began.', CALL);
const HANDLED = counter('grpc_server_handled_total', 'Calls to the gRPC port that ended, by their status.', [
  ...CALL,
  'grpc_code',
]);
const HANDLING = histogram(
  'grpc_server_handling_seconds',
  'How long calls to the gRPC port took that have one answer.',
  CALL,
);
const SESSIONS = gauge('longshore_sessions', "Agents' sessions that are open.");
const SESSION_ENDS = counter('longshore_session_ends_total', "Why agents' sessions ended.", ['code']);
const MESSAGES = counter('longshore_session_messages_total', 'Messages of agents in their sessions.', [
  'kind',
]);
const OPEN = gauge('longshore_streams_open', 'Streams to agents that are open.', ['kind']);
const OPENED = counter('longshore_streams_opened_total', 'Streams to agents that were asked for.', ['kind']);
const REFUSED = counter(
  'longshore_streams_refused_total',
  'Streams to agents that did not come about, and why.',
  ['kind', 'code'],
);
const BYTES = counter('longshore_stream_bytes_total', 'Bytes carried by streams, seen from the client.', [
  'kind',
  'direction',
]);

export function createRpcMetrics() {
  const started = createCounter(STARTED);
  const handled = createCounter(HANDLED);
  const handling = createHistogram(HANDLING);
  const sessions = createLevel(SESSIONS);
  const sessionEnds = createCounter(SESSION_ENDS);
  const messages = createCounter(MESSAGES);
  const open = createLevel(OPEN);
  const opened = createCounter(OPENED);
  const refused = createCounter(REFUSED);
  const bytes = createCounter(BYTES);
  return {
    /** `path`: of a method that is served. Returns what is to be called with its status at its end. */
    called(path: string): (code: string, durationMs?: number) => void {
      const [, grpc_service = '', grpc_method = ''] = path.split('/');
      const call = { grpc_service, grpc_method };
      started.add(call);
      return (grpc_code, durationMs) => {
        handled.add({ ...call, grpc_code });
        if (durationMs !== undefined) handling.observe(call, durationMs / 1000);
      };
    },
    sessionBegan(): (code: string) => void {
      sessions.add({});
      return (code) => {
        sessions.add({}, -1);
        sessionEnds.add({ code });
      };
    },
    heard: (kind: string) => messages.add({ kind }),
    streamAsked(kind: string) {
      opened.add({ kind });
      open.add({ kind });
      return {
        carried: (direction: 'in' | 'out', size: number) => bytes.add({ kind, direction }, size),
        refused: (code: string) => refused.add({ kind, code }),
        ended: () => open.add({ kind }, -1),
      };
    },
    families: (): MetricFamily[] =>
      [started, handled, handling, sessions, sessionEnds, messages, open, opened, refused, bytes].map(
        (instrument) => instrument.family(),
      ),
  };
}
