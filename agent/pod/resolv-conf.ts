// Whom a pod asks for names: its dnsPolicy and dnsConfig, the cluster's DNS and the machine's own resolvers, as the
// resolv.conf that its containers see. What the resolver library would not read is left out and told.
import { type ClusterDns, MAX_NAMESERVERS } from '../../common/cluster-dns.ts';
import type { Pod } from '../../common/pod.ts';
import type { PodEvent } from './status-events.ts';

export interface Resolver {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** Such as `ndots:5`. */
  readonly options: readonly string[];
}

export interface PodResolver extends Resolver {
  readonly events: readonly PodEvent[];
}

export function podResolver(pod: Pod, cluster: ClusterDns, machine: Resolver): PodResolver {
  const { dnsConfig } = pod.spec;
  const base = policyResolver(pod, cluster, machine);
  const wanted: Resolver = {
    nameservers: unique([...base.nameservers, ...(dnsConfig?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(dnsConfig?.searches ?? [])]),
    options: mergeOptions(base.options, (dnsConfig?.options ?? []).map(optionText)),
  };
  return withinLimits(wanted, base.events);
}

export function resolvConf({ nameservers, searches, options }: Resolver): string {
  const lines = [
    ...nameservers.map((nameserver) => `nameserver ${nameserver}`),
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Later `search` and `options` lines replace earlier ones, as the resolver library reads them. */
export function parseResolvConf(text: string): Resolver {
  const nameservers: string[] = [];
  let searches: readonly string[] = [];
  let options: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0]) nameservers.push(values[0]);
    if (keyword === 'search' || keyword === 'domain') searches = values;
    if (keyword === 'options') options = values;
  }
  return { nameservers, searches, options };
}

/** What of the machine's resolver works inside a pod: its loopback is another one there. */
export function reachableFromPods(machine: Resolver): Resolver {
  return { ...machine, nameservers: machine.nameservers.filter((address) => !LOOPBACK.test(address)) };
}

const LOOPBACK = /^(127\.|::1$)/;
const CLUSTER_OPTIONS = ['ndots:5'];
const NOBODY: Resolver = { nameservers: [], searches: [], options: [] };

function policyResolver(pod: Pod, cluster: ClusterDns, machine: Resolver): PodResolver {
  const { dnsPolicy: policy = 'ClusterFirst', hostNetwork } = pod.spec;
  if (policy === 'None') return { ...NOBODY, events: [] };
  const fromCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !hostNetwork);
  if (!fromCluster) return { ...machine, events: [] };
  if (cluster.nameservers.length === 0) return { ...machine, events: [missingClusterDns(pod, policy)] };
  const { nameservers, domain } = cluster;
  const own = [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
  return {
    nameservers,
    searches: unique([...own, ...machine.searches]),
    options: CLUSTER_OPTIONS,
    events: [],
  };
}

function missingClusterDns({ metadata }: Pod, policy: string): PodEvent {
  const { name, namespace, uid } = metadata;
  const message = `pod: "${name}_${namespace}(${uid})". kubelet does not have ClusterDNS IP configured and cannot create Pod using "${policy}" policy. Falling back to "Default" policy.`;
  return { type: 'Warning', reason: 'MissingClusterDNS', message };
}

const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;

function withinLimits(wanted: Resolver, before: readonly PodEvent[]): PodResolver {
  const events = [...before];
  const searches = fittingSearches(wanted.searches);
  if (searches.length < wanted.searches.length) {
    const line = searches.join(' ');
    events.push(
      forming(
        `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${line}`,
      ),
    );
  }
  const nameservers = wanted.nameservers.slice(0, MAX_NAMESERVERS);
  if (nameservers.length < wanted.nameservers.length) {
    const line = nameservers.join(' ');
    events.push(
      forming(
        `Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${line}`,
      ),
    );
  }
  return { nameservers, searches, options: wanted.options, events };
}

function fittingSearches(searches: readonly string[]): readonly string[] {
  let fitting = searches.slice(0, MAX_SEARCHES);
  while (fitting.join(' ').length > MAX_SEARCH_CHARACTERS) fitting = fitting.slice(0, -1);
  return fitting;
}

function forming(message: string): PodEvent {
  return { type: 'Warning', reason: 'DNSConfigForming', message };
}

function optionText({ name = '', value }: { readonly name?: string; readonly value?: string }): string {
  return value ? `${name}:${value}` : name;
}

/** A later option replaces an earlier one of its name. */
function mergeOptions(...lists: readonly (readonly string[])[]): readonly string[] {
  const byName = new Map(lists.flat().map((option) => [option.split(':')[0] ?? '', option]));
  return [...byName.values()];
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
