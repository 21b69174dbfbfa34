// How much more a client lets us send it, on one stream or on its connection. Go's client never says a word of it and reads
// what comes, so until the first word there is no bound; from then on what is sent is kept to it.

/** As it is before anybody says otherwise. */
export const FIRST_WINDOW_BYTES = 64 * 1024;

export class SendWindow {
  #bytes: number;
  #isKept = false;
  readonly #waiting = new Set<() => void>();

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get room(): number {
    return this.#isKept ? this.#bytes : Number.POSITIVE_INFINITY;
  }

  sent(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** The client has said so. What it takes back may be more than there is. */
  opened(bytes: number): void {
    this.#isKept = true;
    this.#bytes += bytes;
    if (this.room > 0) for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves while there is room, for whoever comes first, and when it is over. */
  waitForRoom(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        over.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      over.addEventListener('abort', wake);
      if (this.room > 0 || over.aborted) wake();
    });
  }
}
