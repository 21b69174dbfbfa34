// The Docker network of this agent's pods: its own, in its part of the fleet's addresses, made when the first pod needs it
// and made anew when somebody removed it. Where it cannot be had, pods go to Docker's own network, and the log says why.
// A network that does not carry this agent's UID is never touched.
import { isDeepStrictEqual } from 'node:util';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { AGENT_UID_LABEL } from '../pod/labels.ts';
import {
  BRIDGE_OPTION,
  bridgeName,
  ownNetworkName,
  ownNetworkRequest,
  routeInTheWay,
} from '../pod/own-network.ts';
import { asked, optional } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';
import { EngineError } from './engine.ts';

export interface PodNetwork {
  /** The network that a new pod goes to. Rejects with `unavailable` when Docker does not answer. */
  ensure(): Promise<string>;
}

export interface PodNetworkOptions {
  readonly clients: Pick<DockerClients, 'prompt'>;
  readonly agentUid: string;
  /** The owner's choice; undefined: one of the agent's own. */
  readonly chosen: string | undefined;
  /** The agent's part of the addresses; undefined: it has none. */
  readonly podCidr: () => string | undefined;
  /** The machine's routes, as in /proc/net/route. */
  readonly readRoutes: () => Promise<string>;
  /** The machine has a network interface of this name. */
  readonly hasInterface: (name: string) => Promise<boolean>;
  readonly log: Log;
}

export const DEFAULT_NETWORK = 'bridge';

export function createPodNetwork(options: PodNetworkOptions): PodNetwork {
  const { clients, agentUid, chosen, podCidr, readRoutes, hasInterface, log } = options;
  const { prompt } = clients;
  let running: Promise<string> | undefined;
  let told: string | undefined;
  let tidied = false;

  const fallBack = (cidr: string, why: string): string => {
    const text = `cannot make the network ${cidr} of this machine's pods: ${why}; they go to Docker's own network`;
    if (text !== told) log.warn(text);
    told = text;
    return DEFAULT_NETWORK;
  };

  /** Its bridge is there, as far as that can be seen from here: the engine's may be in a network namespace of their own. */
  async function isWhole(): Promise<boolean> {
    if (await hasInterface(bridgeName(agentUid))) return true;
    const common = await optional(() => prompt.getNetwork(DEFAULT_NETWORK).inspect());
    const bridge = common?.Options?.[BRIDGE_OPTION];
    return bridge === undefined || !(await hasInterface(bridge));
  }

  async function ensureOwn(cidr: string): Promise<string> {
    const name = ownNetworkName(agentUid);
    const found = await optional(() => prompt.getNetwork(name).inspect());
    if (found) {
      if (found.Labels?.[AGENT_UID_LABEL] !== agentUid) {
        return fallBack(cidr, `a network ${name} is there that is not this agent's`);
      }
      const wanted = ownNetworkRequest(agentUid, cidr).IPAM.Config;
      const subnets = (found.IPAM?.Config ?? []).map(({ Subnet }) => ({ Subnet }));
      const isWanted = isDeepStrictEqual(subnets, wanted);
      const whole = await isWhole();
      if (isWanted && whole) return name;
      const isUsed = Object.keys(found.Containers ?? {}).length > 0;
      if (isUsed || !(await removeNetwork(clients, name))) {
        const former = subnets[0]?.Subnet ?? 'another one';
        return fallBack(
          cidr,
          whole ? `its pods still use ${former}` : `its bridge is gone, and pods still hang on it`,
        );
      }
    }
    const device = routeInTheWay(await readRoutes(), cidr, bridgeName(agentUid));
    if (device !== undefined)
      return fallBack(cidr, `the machine has a route to these addresses by ${device}`);
    try {
      await asked(() => prompt.createNetwork(ownNetworkRequest(agentUid, cidr)));
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'unavailable') throw error;
      return fallBack(cidr, describeError(error));
    }
    log.info({ network: name, podCidr: cidr }, 'the network of pods is made');
    told = undefined;
    return name;
  }

  /** What was made before for pods is not left behind, once none uses it. */
  async function instead(network: string): Promise<string> {
    if (!tidied) await removeOwnNetworks(clients, agentUid);
    tidied = true;
    return network;
  }

  return {
    ensure() {
      const cidr = podCidr();
      if (chosen !== undefined || cidr === undefined) return instead(chosen ?? DEFAULT_NETWORK);
      // One at a time: two pods that come together would both make it.
      running ??= ensureOwn(cidr).finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

/** All that carry the agent's UID; those that something still uses stay. Resolves with the names of these. */
export async function removeOwnNetworks(
  clients: Pick<DockerClients, 'prompt'>,
  agentUid: string,
): Promise<readonly string[]> {
  const filters = { label: [`${AGENT_UID_LABEL}=${agentUid}`] };
  const left: string[] = [];
  for (const { Id, Name } of await asked(() => clients.prompt.listNetworks({ filters }))) {
    if (!(await removeNetwork(clients, Id))) left.push(Name);
  }
  return left;
}

/** False: something still uses it. */
async function removeNetwork({ prompt }: Pick<DockerClients, 'prompt'>, id: string): Promise<boolean> {
  try {
    await asked(() => prompt.getNetwork(id).remove(), [404]);
    return true;
  } catch (error) {
    if (!(error instanceof EngineError) || !IN_USE.test(error.message)) throw error;
    return false;
  }
}

/** In the words of Docker and of Podman, whose status codes differ. */
const IN_USE = /has active endpoints|network is being used/;
