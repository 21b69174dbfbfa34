// The last lines of a log, in memory, for whoever wants to read or follow them from afar. Bounded in bytes; a reader that
// falls behind is told how many lines it has missed.

export interface LogRingRead {
  /** Of the past; undefined: all there are. */
  readonly tailLines?: number | undefined;
  readonly follow: boolean;
}

export class LogRing {
  readonly #maxBytes: number;
  readonly #lines: string[] = [];
  #bytes = 0;
  /** The number of the first line that is there. */
  #first = 0;
  #more = Promise.withResolvers<void>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** One whole line, with its end. */
  write(line: string): void {
    this.#lines.push(line);
    this.#bytes += line.length;
    while (this.#bytes > this.#maxBytes) {
      this.#bytes -= this.#lines.shift()?.length ?? 0;
      this.#first += 1;
    }
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }

  /** With `follow` it ends when the signal aborts. */
  async *read({ tailLines, follow }: LogRingRead, signal: AbortSignal): AsyncGenerator<Buffer> {
    const end = this.#first + this.#lines.length;
    let next = tailLines === undefined ? this.#first : Math.max(this.#first, end - tailLines);
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (!signal.aborted) {
      const more = this.#more.promise;
      if (next < this.#first) {
        yield Buffer.from(
          `${JSON.stringify({ level: 'warn', msg: `${this.#first - next} lines are missing here` })}\n`,
        );
        next = this.#first;
      }
      const lines = this.#lines.slice(next - this.#first);
      next += lines.length;
      if (lines.length > 0) yield Buffer.from(lines.join(''));
      else if (follow) await Promise.race([more, aborted]);
      if (!follow) return;
    }
  }
}
