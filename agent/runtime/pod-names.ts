// What a pod is called and whom it asks for names, brought from the machine into the pod.
import type { ClusterDns } from '../../common/cluster-dns.ts';
import type { Pod } from '../../common/pod.ts';
import { hostsFile } from '../pod/hosts-file.ts';
import { type PodHostname, podHostname } from '../pod/pod-hostname.ts';
import {
  type PodResolver,
  podResolver,
  type Resolver,
  reachableFromPods,
  resolvConf,
} from '../pod/resolv-conf.ts';

/** What the machine says of itself and keeps for its pods. */
export interface NameService {
  machine(): Promise<MachineNames>;
  /** Takes the texts, resolves with the paths. */
  write(podUid: string, texts: PodNameFiles): Promise<PodNameFiles>;
  remove(podUid: string): Promise<void>;
}

export interface MachineNames {
  /** The text of its /etc/hosts. */
  readonly hosts: string;
  readonly resolver: Resolver;
}

/** Texts or paths. */
export interface PodNameFiles {
  readonly hosts: string;
  readonly resolvConf: string;
}

export interface NamesContext {
  readonly pod: Pod;
  readonly names: NameService;
  readonly view: { readonly clusterDns: ClusterDns };
}

/** Rejects when the name cannot be had. */
export function hostnameOf({ pod, view }: NamesContext): PodHostname {
  const result = podHostname(pod, view.clusterDns.domain);
  if (result.kind === 'problem') throw new Error(result.message);
  return result;
}

/** `network`: the Docker network that the pod is on. */
export async function resolverOf(context: NamesContext, network: string): Promise<PodResolver> {
  return resolverWith(context, network, await context.names.machine());
}

export async function writePodNames(
  context: NamesContext,
  { network, podIps }: { readonly network: string; readonly podIps: readonly string[] },
): Promise<PodNameFiles> {
  const { pod, names } = context;
  const machine = await names.machine();
  return names.write(pod.metadata.uid, {
    hosts: hostsFile(pod, { names: hostnameOf(context), podIps, machineHosts: machine.hosts }),
    resolvConf: resolvConf(resolverWith(context, network, machine)),
  });
}

function resolverWith({ pod, view }: NamesContext, network: string, machine: MachineNames): PodResolver {
  const { resolver } = machine;
  const reachable = pod.spec.hostNetwork ? resolver : reachableFromPods(resolver, dockerResolvers(network));
  return podResolver(pod, view.clusterDns, reachable);
}

/** The one network of Docker that has no resolver of its own. */
const DEFAULT_NETWORK = 'bridge';

/** Whom Docker asks for a machine whose own resolvers are out of a container's reach. */
function dockerResolvers(network: string): readonly string[] {
  return network === DEFAULT_NETWORK ? ['8.8.8.8', '8.8.4.4'] : ['127.0.0.11'];
}
