// In place of `worker_threads` for pino, which asks of it no more than this.
export const isMainThread = true;
