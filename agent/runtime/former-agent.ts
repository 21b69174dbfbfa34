// The end of an agent that this machine was before it joined anew: nobody else will ever stop its containers.
import type { Engine } from './engine.ts';

const GRACE_SECONDS = 1;

/** Stops and removes all of them; resolves, with how many there were, when a complete list shows none. */
export async function clearFormerAgent(engine: Pick<Engine, 'list' | 'stop' | 'remove'>): Promise<number> {
  for (let cleared = 0; ; ) {
    const found = await engine.list();
    if (found.length === 0) return cleared;
    await Promise.all(
      found.map(async ({ id }) => {
        await engine.stop(id, GRACE_SECONDS);
        await engine.remove(id);
      }),
    );
    cleared += found.length;
  }
}
