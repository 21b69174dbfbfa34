// Structured logs: JSON lines by pino, one child per concern, secrets redacted by name whatever the caller passes.
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { LogLevel } from './log-level.ts';

export type Log = Logger;

export interface LogOptions {
  readonly name: string;
  readonly level?: LogLevel;
  /** Default: stderr, so that stdout stays the program's own. */
  readonly stream?: DestinationStream;
  /** Gets every line too. */
  readonly also?: DestinationStream;
}

const SECRET_FIELDS = ['token', 'secret', 'tokenSecret', 'authorization', 'password', 'privateKey', 'keyPem'];

export function createLog(options: LogOptions): Log {
  const stream = options.stream ?? destination({ dest: 2, sync: true });
  const { also } = options;
  return pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      base: { name: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
    },
    also ? both(stream, also) : stream,
  );
}

function both(one: DestinationStream, other: DestinationStream): DestinationStream {
  return {
    write(line) {
      one.write(line);
      other.write(line);
    },
  };
}
