// What an agent tells of a pull in the lines of its stream, checked and bounded; lines that say nothing known are passed over,
// for they may be newer than we are.

export type PullReport =
  | { readonly kind: 'progress'; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly kind: 'done'; readonly sizeBytes: number; readonly wasHere: boolean };

const MAX_LINE = 4096;

export interface PullReports {
  /** A piece of the stream, cut anywhere. */
  take(data: Buffer): PullReport[];
}

export function createPullReports(): PullReports {
  let rest = '';
  return {
    take(data) {
      const lines = (rest + data.toString('utf8')).split('\n');
      rest = (lines.pop() ?? '').slice(0, MAX_LINE);
      return lines.flatMap((line) => (line.length > MAX_LINE ? [] : (reportOf(line) ?? [])));
    },
  };
}

function reportOf(line: string): PullReport | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { doneBytes, totalBytes, sizeBytes, wasHere } = value as Partial<Record<string, unknown>>;
  if (isCount(sizeBytes)) return { kind: 'done', sizeBytes, wasHere: wasHere === true };
  if (!isCount(doneBytes) || !isCount(totalBytes)) return undefined;
  return { kind: 'progress', doneBytes: Math.min(doneBytes, totalBytes), totalBytes };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
