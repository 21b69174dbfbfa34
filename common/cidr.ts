// IPv4 ranges of addresses, as `10.208.3.0/24`.
export interface Cidr {
  /** The first address, as a number. */
  readonly base: number;
  /** Bits that all its addresses share. */
  readonly prefix: number;
}

const CIDR = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** What an agent is told that gets no addresses of its own for its pods. */
export const NO_POD_CIDR = 'none';

/** Undefined when it is none, or names an address within a range instead of its first. */
export function parseCidr(text: string): Cidr | undefined {
  const address = parseAddress(text);
  const range = address && within(address);
  return range?.base === address?.base ? range : undefined;
}

/** As `parseCidr`, but an address within a range stands for it, as in most tools: `10.208.3.7/24`. */
export function parseCidrLoosely(text: string): Cidr | undefined {
  const address = parseAddress(text);
  return address && within(address);
}

function parseAddress(text: string): Cidr | undefined {
  const match = CIDR.exec(text);
  if (!match) return undefined;
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match.slice(1).map(Number);
  if ([a, b, c, d].some((part) => part > 255) || prefix > 32) return undefined;
  return { base: ((a * 256 + b) * 256 + c) * 256 + d, prefix };
}

function within({ base, prefix }: Cidr): Cidr {
  return { base: base - (base % sizeOf(prefix)), prefix };
}

export function cidrText({ base, prefix }: Cidr): string {
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${parts.join('.')}/${prefix}`;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + sizeOf(b.prefix) && b.base < a.base + sizeOf(a.prefix);
}

/** How many addresses share so many bits. */
export function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix);
}
