// This machine's address on Docker's default bridge, on which pods find what listens here.
import type Docker from 'dockerode';
import type { NetworkInspectInfo } from 'dockerode';

/** Undefined where Docker has no such bridge. */
export async function readBridgeAddress(docker: Docker): Promise<string | undefined> {
  try {
    const { IPAM }: NetworkInspectInfo = await docker.getNetwork('bridge').inspect();
    return bridgeAddress(IPAM?.Config ?? []);
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/**
 * The gateway, or, where Docker names none, the first address of the subnet, which it takes. The interface itself does
 * not tell: the system leaves it out while no container is attached to it.
 */
export function bridgeAddress(
  config: readonly { readonly Gateway?: string; readonly Subnet?: string }[],
): string | undefined {
  for (const { Gateway, Subnet } of config) {
    if (Gateway?.includes('.')) return Gateway;
    const network = /^((?:\d+\.){3})(\d+)\/\d+$/.exec(Subnet ?? '');
    if (network) return `${network[1]}${Number(network[2]) + 1}`;
  }
  return undefined;
}
