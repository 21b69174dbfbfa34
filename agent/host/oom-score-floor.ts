// How low an OOM score containers may be given here. Where the kernel forbids lowering scores (in most containers),
// Docker would refuse to start whatever asks for it.
import { readFile } from 'node:fs/promises';

const CAP_SYS_RESOURCE = 24n;

/** -1000: as low as one likes. Docker runs beside the agent, so what bounds the agent's capabilities bounds Docker's. */
export async function readOomScoreFloor(): Promise<number> {
  return oomScoreFloor(await readFile('/proc/self/status', 'utf8').catch(() => ''));
}

/** `status`: a process's /proc status. */
export function oomScoreFloor(status: string): number {
  const [, bounding] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  if (bounding === undefined) return -1000;
  return (BigInt(`0x${bounding}`) >> CAP_SYS_RESOURCE) & 1n ? -1000 : 0;
}
