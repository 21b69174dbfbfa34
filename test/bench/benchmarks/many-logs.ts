// many-logs: 200 logs followed at once, at the kubelet port.
import type { Endpoint } from '../../../controller/cli/stream-client.ts';
import type { Benchmark } from '../benchmark.ts';
import { get } from '../kubelet-port.ts';
import { MANY, manyStreams } from '../many-streams.ts';

const PAST_BYTES = 200_000;
const LINE = 'x'.repeat(99);
/** Two a second. */
const NEW_LINES = 10;

export function manyLogs(): Benchmark {
  return manyStreams({
    name: 'many-logs',
    what: `${MANY} followers of one container’s log at once: each reads ${PAST_BYTES / 1000} kB of its past and ${NEW_LINES} lines that are written meanwhile, two a second, and leaves when all have.`,
    script: `yes ${LINE} | head -c ${PAST_BYTES}; while echo ${LINE}; do usleep 500000; done`,
    atMost: { controller: 96, agent: 128 },
    use: followers,
  });
}

async function followers(endpoint: Endpoint, count: number): Promise<void> {
  const followed = Array.from({ length: count }, () => follow(endpoint));
  const logs = await Promise.all(followed);
  for (const log of logs) log.destroy();
}

/** Resolves when enough has come; more comes until it is destroyed. */
async function follow(endpoint: Endpoint): Promise<{ destroy(): void }> {
  const path = `/containerLogs/default/many/main?follow=true&tailLines=${PAST_BYTES / 100}`;
  const log = await get(endpoint, path);
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    log.on('data', ({ length }: Buffer) => {
      bytes += length;
      if (bytes >= PAST_BYTES + NEW_LINES * 100) resolve();
    });
    log.on('error', reject);
    log.on('end', () => reject(new Error('a followed log came to an end')));
  });
  log.on('error', () => undefined);
  return log;
}
