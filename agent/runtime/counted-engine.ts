// Tells of every container that is made: the sandbox of a pod, the first of a container of it, or one more.
import { SANDBOX } from '../pod/names.ts';
import type { Engine } from './engine.ts';

export type OnCreated = (kind: 'sandbox' | 'first' | 'restart') => void;

export function countedEngine(engine: Engine, told: OnCreated): Engine {
  return {
    ...engine,
    async create(request) {
      const created = await engine.create(request);
      const { container, attempt } = request.identity;
      told(container === SANDBOX ? 'sandbox' : attempt === 0 ? 'first' : 'restart');
      return created;
    },
  };
}
