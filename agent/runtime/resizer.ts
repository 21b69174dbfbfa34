// Sizes for a terminal, told to Docker one after the other without keeping anybody waiting; of those that come meanwhile
// the last counts.
import type { TerminalSize } from '../../common/stream-message.ts';

/** `apply` may fail: the terminal may be gone already. */
export function createResizer(apply: (size: TerminalSize) => Promise<void>): (size: TerminalSize) => void {
  let wanted: TerminalSize | undefined;
  let busy = false;

  async function work(): Promise<void> {
    busy = true;
    while (wanted) {
      const size = wanted;
      wanted = undefined;
      await apply(size).catch(() => undefined);
    }
    busy = false;
  }

  return (size) => {
    wanted = size;
    if (!busy) void work();
  };
}
