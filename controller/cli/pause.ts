// Waits; rejects with `cancelled` when the user interrupts.
import { LongshoreError } from '../../common/errors.ts';
import type { CliDeps } from './deps.ts';

export async function pause({ clock, signal }: Pick<CliDeps, 'clock' | 'signal'>, ms: number): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (cause) {
    throw new LongshoreError('cancelled', 'interrupted', { cause });
  }
}
