// Under which addresses this machine can be reached, the likeliest first. Loopback, link-local and the bridges of
// Docker are nobody else's business.
import { isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

const MAX_ADDRESSES = 16;
const DOCKER_INTERFACE = /^(docker\d+|docker_gwbridge|br-[0-9a-f]{12}|veth.*)$/;
const LINK_LOCAL = /^(169\.254\.|fe[89ab][0-9a-f]:)/i;

/** Those of the default route's interface come first, and IPv4 before IPv6 within an interface. */
export function machineAddresses(interfaces: Interfaces, primary: string | undefined): string[] {
  return Object.entries(interfaces)
    .filter(([name]) => !DOCKER_INTERFACE.test(name))
    .flatMap(([name, infos = []]) => infos.map((info) => ({ ...info, name })))
    .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address))
    .sort((a, b) => rank(a) - rank(b))
    .map(({ address }) => address)
    .slice(0, MAX_ADDRESSES);

  function rank({ name, family }: { name: string; family: string }): number {
    return (name === primary ? 0 : 2) + (family === 'IPv4' ? 0 : 1);
  }
}

/**
 * The likeliest address, and the likeliest of the other family if there is any. What was chosen before stays for as long as
 * it is there: some machines take a new address every day and keep the former for a while.
 */
export function oneOfEachFamily(addresses: readonly string[], before: readonly string[]): readonly string[] {
  const likeliest = [...before.filter((address) => addresses.includes(address)), ...addresses];
  const [first] = likeliest;
  if (first === undefined) return [];
  const second = likeliest.find((address) => isIPv6(address) !== isIPv6(first));
  return second === undefined ? [first] : [first, second];
}
