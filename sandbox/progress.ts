// Progress of long work on stderr: one line per step, rewritten in place on a terminal, plain elsewhere.

export interface Progress {
  /** Runs `work` under a line that says what is being done and how long it took. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const live = stream.isTTY === true;
  return {
    async step(what, work) {
      const startedMs = performance.now();
      const seconds = () => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
      if (live) stream.write(`… ${what}`);
      try {
        const result = await work();
        stream.write(
          live ? `\r\x1b[K\x1b[32m✓\x1b[0m ${what} (${seconds()})\n` : `- ${what}: done in ${seconds()}\n`,
        );
        return result;
      } catch (error) {
        stream.write(live ? `\r\x1b[K\x1b[31m✗\x1b[0m ${what}\n` : `- ${what}: failed after ${seconds()}\n`);
        throw error;
      }
    },
  };
}
