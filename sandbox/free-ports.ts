// Ports for servers that are started a moment later, each by a process of its own.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** From 32768 on, Linux gives ports to outgoing connections, which may take one before its server is there. */
const RANGE = [10_000, 32_768] as const;

/** Free on loopback a moment ago, and all different. Whoever takes one meanwhile makes the start fail, loudly. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(...RANGE);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
