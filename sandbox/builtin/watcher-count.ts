// A bound on how many watches are open at once.
import { tooManyRequests } from './api-error.ts';

export class WatcherCount {
  #open = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get open(): number {
    return this.#open;
  }

  /** Throws 429 when there are too many. */
  enter(): Disposable {
    if (this.#open >= this.#limit) throw tooManyRequests(`too many watches: the limit is ${this.#limit}`, 5);
    this.#open++;
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (!left) this.#open--;
        left = true;
      },
    };
  }
}
