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
import type { Engine } from './engine.ts';

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
  readonly engine: Pick<Engine, 'resolvers'>;
}

/** Rejects when the name cannot be had. */
export function hostnameOf({ pod, view }: NamesContext): PodHostname {
  const result = podHostname(pod, view.clusterDns.domain);
  if (result.kind === 'problem') throw new Error(result.message);
  return result;
}

/** `network`: the Docker network that the pod is on. */
export async function resolverOf(context: NamesContext, network: string): Promise<PodResolver> {
  return await resolverWith(context, network, await context.names.machine());
}

export async function writePodNames(
  context: NamesContext,
  { network, podIps }: { readonly network: string; readonly podIps: readonly string[] },
): Promise<PodNameFiles> {
  const { pod, names } = context;
  const machine = await names.machine();
  return names.write(pod.metadata.uid, {
    hosts: hostsFile(pod, { names: hostnameOf(context), podIps, machineHosts: machine.hosts }),
    resolvConf: resolvConf(await resolverWith(context, network, machine)),
  });
}

async function resolverWith(
  { pod, view, engine }: NamesContext,
  network: string,
  { resolver }: MachineNames,
): Promise<PodResolver> {
  if (pod.spec.hostNetwork) return podResolver(pod, view.clusterDns, resolver);
  const reachable = reachableFromPods(resolver);
  const isCutOff = reachable.nameservers.length === 0;
  const instead = isCutOff ? { nameservers: await engine.resolvers(network) } : {};
  return podResolver(pod, view.clusterDns, { ...reachable, ...instead });
}
