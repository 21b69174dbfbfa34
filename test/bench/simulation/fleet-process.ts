// The process full of simulated agents, as its parent drives it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FleetWish, FromFleet, ToFleet } from './fleet.ts';

export interface Fleet extends AsyncDisposable {
  /** Resolves when all have joined. */
  join(wish: FleetWish): Promise<void>;
  /** The agent that holds this pod reports it anew. */
  restart(uid: string, restartCount: number): void;
  count(): Promise<{ readonly pods: number; readonly sessions: number }>;
}

export function startFleet(): Fleet {
  const child: ChildProcess = fork(join(import.meta.dirname, 'fleet.ts'));
  const ask = async <Kind extends FromFleet['kind']>(message: ToFleet, kind: Kind) => {
    const answered = Promise.withResolvers<Extract<FromFleet, { kind: Kind }>>();
    const hear = (answer: FromFleet) => {
      if (answer.kind === kind) answered.resolve(answer as Extract<FromFleet, { kind: Kind }>);
      else if (answer.kind === 'failed') answered.reject(new Error(answer.reason));
    };
    child.on('message', hear);
    child.send(message);
    try {
      return await answered.promise;
    } finally {
      child.off('message', hear);
    }
  };
  return {
    async join(wish) {
      await ask({ kind: 'join', wish }, 'joined');
    },
    restart: (uid, restartCount) => void child.send({ kind: 'restart', uid, restartCount } satisfies ToFleet),
    count: () => ask({ kind: 'count' }, 'count'),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}
