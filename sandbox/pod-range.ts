// Addresses for the pods of one sandbox that no network of this Docker has: several sandboxes may share it.
import type Docker from 'dockerode';
import { type Cidr, cidrText, overlaps, parseCidr, sizeOf } from '../common/cidr.ts';

const WHOLE: Cidr = { base: 0x0ad00000, prefix: 12 };
/** Room for 16 agents. */
const PREFIX = 20;

export async function freePodRange(docker: Docker): Promise<string> {
  const networks = await docker.listNetworks();
  const subnets = networks.flatMap(({ IPAM }) => IPAM?.Config ?? []).map(({ Subnet }) => Subnet ?? '');
  return chooseRange(subnets, Math.random());
}

/** `chance`: 0 ≤ chance < 1. Sandboxes that start together choose different ones, most likely. */
export function chooseRange(subnets: readonly string[], chance: number): string {
  const taken = subnets.flatMap((subnet) => parseCidr(subnet) ?? []);
  const count = sizeOf(WHOLE.prefix) / sizeOf(PREFIX);
  const all = Array.from({ length: count }, (_, index): Cidr => {
    return { base: WHOLE.base + index * sizeOf(PREFIX), prefix: PREFIX };
  });
  const free = all.filter((range) => !taken.some((other) => overlaps(range, other)));
  return cidrText(free[Math.floor(chance * free.length)] ?? WHOLE);
}
