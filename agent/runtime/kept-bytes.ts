// Bytes that have come ahead of whoever reads them: copied out of the memory they were read into; what comes while nobody waits
// for it is put together.

const BLOCK_BYTES = 64 * 1024;

export class KeptBytes {
  /** How many are kept. */
  length = 0;
  readonly #blocks: Buffer[] = [];
  /** Of the last block. */
  #used = 0;
  #ending: { readonly error?: unknown } | undefined;
  #isAwaited = false;
  readonly #wakes = new Set<() => void>();

  add(bytes: Buffer): void {
    if (bytes.length === 0 || this.#ending) return;
    let last = this.#blocks.at(-1);
    if (!last || last.length - this.#used < bytes.length) {
      this.#cutLast();
      // What somebody waits for is taken before more comes.
      last = Buffer.allocUnsafe(this.#isAwaited ? bytes.length : Math.max(BLOCK_BYTES, bytes.length));
      this.#blocks.push(last);
    }
    this.#used += bytes.copy(last, this.#used);
    this.length += bytes.length;
    this.#wake();
  }

  /** No more comes; with an error the reader fails once all has been taken. The first word counts. */
  end(error?: unknown): void {
    this.#ending ??= error === undefined ? {} : { error };
    this.#wake();
  }

  /** What came together, the oldest; undefined at the end. One at a time. */
  async take(): Promise<Buffer | undefined> {
    this.#isAwaited = true;
    await this.reached(1);
    this.#isAwaited = false;
    if (this.#blocks.length === 1) this.#cutLast();
    const block = this.#blocks.shift();
    if (block) this.length -= block.length;
    else if (this.#ending?.error !== undefined) throw this.#ending.error;
    return block;
  }

  /** Resolves when so many are kept, or no more comes. */
  async reached(count: number): Promise<void> {
    while (this.length < count && !this.#ending) await new Promise<void>((wake) => this.#wakes.add(wake));
  }

  #cutLast(): void {
    const last = this.#blocks.pop();
    if (last) this.#blocks.push(last.subarray(0, this.#used));
    this.#used = 0;
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
    this.#wakes.clear();
  }
}
