// Where the last lines of a log begin. Docker keeps a line of more than 16 KiB in pieces and counts those when it is asked for
// the last lines, so it may begin in the middle of one. All pieces of a line carry the time of its first. Pure.

export interface LogPiece {
  /** The stream it was written to: two lines of different streams may lie in one another. */
  readonly channel: string;
  /** RFC 3339, as Docker writes it: of one length, so that it compares as text. */
  readonly time: string;
  readonly endsLine: boolean;
}

export type TailStart =
  /** Each of the last pieces is a line: Docker counts right. */
  | { readonly kind: 'pieces' }
  | { readonly kind: 'from'; readonly time: string }
  /** There are not more lines than are wanted. */
  | { readonly kind: 'beginning' }
  /** The pieces seen are not enough to tell. */
  | { readonly kind: 'further' };

export interface TailFinder {
  /** The next piece, in the order of the log. */
  take(piece: LogPiece): void;
  /** `whole`: the log has no piece before the first that was taken. */
  start(whole: boolean): TailStart;
}

/** `lines`: at least 1. */
export function createTailFinder(lines: number): TailFinder {
  const inLine = new Map<string, boolean>();
  /** The times of the last lines that certainly begin with one of the pieces, oldest first. */
  const starts: string[] = [];
  let first: string | undefined;
  let sinceContinued = 0;

  return {
    take({ channel, time, endsLine }) {
      const open = inLine.get(channel);
      // What a stream shows first may go on with a line from before, unless something older lies before it.
      const begins = open === undefined ? first !== undefined && first < time : !open;
      first ??= time;
      inLine.set(channel, !endsLine);
      if (!begins) {
        sinceContinued = 0;
        return;
      }
      sinceContinued++;
      starts.push(time);
      if (starts.length > lines) starts.shift();
    },
    start(whole) {
      if (sinceContinued >= lines) return { kind: 'pieces' };
      const [time] = starts;
      if (time !== undefined && starts.length === lines) return { kind: 'from', time };
      return whole ? { kind: 'beginning' } : { kind: 'further' };
    },
  };
}
