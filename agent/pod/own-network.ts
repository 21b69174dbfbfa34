// What an agent's own Docker network for its pods is called and looks like, and what is in its way on the machine. Pure.
import { type Cidr, overlaps, parseCidr } from '../../common/cidr.ts';
import { AGENT_UID_LABEL } from './labels.ts';

export function ownNetworkName(agentUid: string): string {
  return `longshore-${agentUid}`;
}

/** Of the bridge, which the kernel lets have 15 characters. */
export function bridgeName(agentUid: string): string {
  return `ls-${agentUid.replaceAll('-', '').slice(0, 12)}`;
}

/** In which Docker says what the bridge of a network is called. */
export const BRIDGE_OPTION = 'com.docker.network.bridge.name';

export interface NetworkRequest {
  readonly Name: string;
  readonly Driver: 'bridge';
  readonly CheckDuplicate: true;
  readonly Labels: Readonly<Record<string, string>>;
  readonly IPAM: { readonly Config: { readonly Subnet: string }[] };
  readonly Options: Readonly<Record<string, string>>;
}

export function ownNetworkRequest(agentUid: string, podCidr: string): NetworkRequest {
  return {
    Name: ownNetworkName(agentUid),
    Driver: 'bridge',
    CheckDuplicate: true,
    Labels: { [AGENT_UID_LABEL]: agentUid },
    IPAM: { Config: [{ Subnet: podCidr }] },
    Options: { [BRIDGE_OPTION]: bridgeName(agentUid) },
  };
}

/**
 * The route of the machine, in `/proc/net/route`, to addresses that the range would take away; undefined: there is none.
 * Default routes, the halves and quarters of one that tunnels set, and those of the range's own bridge do not count.
 */
export function routeInTheWay(routes: string, podCidr: string, ownBridge: string): string | undefined {
  const wanted = parseCidr(podCidr);
  if (!wanted) return undefined;
  for (const line of routes.split('\n').slice(1)) {
    const [device = '', destination = '', , , , , , mask = ''] = line.trim().split(/\s+/);
    const route = routeOf(destination, mask);
    if (!route || route.prefix < LARGEST_NETWORK || device === ownBridge || !overlaps(route, wanted))
      continue;
    return device;
  }
  return undefined;
}

/** The shortest prefix of addresses that are anybody's own. */
const LARGEST_NETWORK = 8;

/** The kernel writes addresses as hexadecimal numbers, the first byte last. */
function routeOf(destination: string, mask: string): Cidr | undefined {
  if (!/^[0-9A-F]{8}$/i.test(destination) || !/^[0-9A-F]{8}$/i.test(mask)) return undefined;
  const bits = fromHex(mask).toString(2).replaceAll('0', '').length;
  return { base: fromHex(destination), prefix: bits };
}

function fromHex(hex: string): number {
  const bytes = hex.match(/../g) ?? [];
  return bytes.reverse().reduce((sum, byte) => sum * 256 + Number.parseInt(byte, 16), 0);
}
