// Which part of the fleet's range of pod addresses an agent gets: the first that nobody has.
import { type Cidr, cidrText, parseCidr, parseCidrLoosely, sizeOf } from '../../common/cidr.ts';

export interface PodRange {
  readonly range: Cidr;
  /** The prefix of each agent's part. */
  readonly size: number;
}

/** Beyond it there is no room for a fleet's counting, and no Docker network to be made. */
const SMALLEST = 28;

/** `10.208.0.0/12`, or with the prefix of each agent's part: `10.208.0.0/12:25`. Undefined when malformed. */
export function parsePodRange(text: string): PodRange | undefined {
  const [first = '', last, ...rest] = text.split(':');
  const range = parseCidr(first);
  const size = last === undefined ? 24 : /^\d{1,2}$/.test(last) ? Number(last) : Number.NaN;
  if (!range || rest.length > 0 || !(size >= range.prefix && size <= SMALLEST)) return undefined;
  return { range, size };
}

/** Undefined when all are taken. `taken` may hold what is of another range, or none at all. */
export function nextPodCidr({ range, size }: PodRange, taken: Iterable<string>): string | undefined {
  const step = sizeOf(size);
  const count = sizeOf(range.prefix) / step;
  const used = new Set<number>();
  for (const text of taken) {
    const cidr = parseCidrLoosely(text);
    if (!cidr) continue;
    const from = Math.max(0, Math.floor((cidr.base - range.base) / step));
    const to = Math.min(count, (cidr.base + sizeOf(cidr.prefix) - range.base) / step);
    for (let index = from; index < to; index++) used.add(index);
  }
  for (let index = 0; index < count; index++) {
    if (!used.has(index)) return cidrText({ base: range.base + index * step, prefix: size });
  }
  return undefined;
}
