// Every right at the API server that the controller uses, and what for: the rules of deploy/base, as questions. A test
// holds the two together.
import type { ResourceAttributes } from './access.ts';

export interface Right {
  readonly attributes: ResourceAttributes;
  readonly purpose: string;
  /** As whom: in its own name, or as the node's kubelet. */
  readonly identity: 'controller' | 'node';
  /** The Node authorizer grants the node's own certificate this one whole, so that it can be asked for. */
  readonly asNode?: boolean;
}

export interface RightsScope {
  /** Undefined: one for each agent, of names that no rule can tell. */
  readonly nodeName: string | undefined;
  /** The controller's own. */
  readonly namespace: string;
  /** It runs as a Pod of the cluster: its leader label, and the Service of its kubelet port. */
  readonly inCluster: boolean;
}

export function rightsUsed({ nodeName, namespace, inCluster }: RightsScope): Right[] {
  const own = (purpose: string, verbs: string, resource: string, where: Place = {}) =>
    rights({ identity: 'controller', purpose }, verbs, resource, where);
  const node = (purpose: string, verbs: string, resource: string, where: Place = {}, asNode = false) =>
    rights({ identity: 'node', purpose, ...(asNode && { asNode }) }, verbs, resource, where);
  const here = { namespace };
  const leases = { namespace: 'kube-node-lease' };
  const named = nodeName === undefined ? {} : { name: nodeName };
  const published = { namespace, name: 'longshore-controller' };
  return [
    ...own('the fleet', 'list watch create patch delete', 'longshore.dev/agents'),
    ...own('the fleet', 'patch', 'longshore.dev/agents/status'),
    ...own('pod affinity', 'list watch', 'namespaces'),
    ...own('preemption', 'list watch', 'policy/poddisruptionbudgets'),
    ...own('who calls', 'create', 'authentication.k8s.io/tokenreviews'),
    ...own('what callers may', 'create', 'authorization.k8s.io/subjectaccessreviews'),
    ...own("the CA's key and join tokens", 'get list create update delete', 'secrets', here),
    ...own('where the CLI finds it', 'create', 'configmaps', here),
    ...own('where the CLI finds it', 'get patch', 'configmaps', published),
    ...own('who leads', 'create', 'coordination.k8s.io/leases', here),
    ...own('who leads', 'get update', 'coordination.k8s.io/leases', published),
    ...(inCluster ? own('the label of the leader', 'list watch patch', 'pods', here) : []),
    ...(inCluster
      ? own('the address of the node', 'get', 'services', { namespace, name: 'longshore-kubelet' })
      : []),
    ...own("the API server's client CA", 'get', 'configmaps', {
      ...{ namespace: 'kube-system', name: 'extension-apiserver-authentication' },
    }),
    ...node('the node', 'create', 'nodes'),
    ...node('the node', 'list watch', 'nodes', named),
    ...(nodeName === undefined ? node('nodes of agents', 'get patch delete', 'nodes') : []),
    ...node("the node's status", 'patch', 'nodes/status', named, true),
    ...node('pods of the node', 'list watch delete', 'pods'),
    ...node("pods' statuses", 'patch', 'pods/status', {}, true),
    ...node('draining agents', 'create', 'pods/eviction', {}, true),
    ...node('events', 'create patch', 'events', {}, true),
    ...node('what pods refer to', 'list watch', 'configmaps'),
    ...node('what pods refer to', 'list watch', 'secrets'),
    ...node('what pods refer to', 'list watch', 'services'),
    ...node("pods' volumes", 'get', 'persistentvolumeclaims'),
    ...node("pods' volumes", 'get', 'persistentvolumes'),
    ...node("pods' tokens", 'create', 'serviceaccounts/token'),
    ...node('what pods refer to', 'list watch', 'node.k8s.io/runtimeclasses'),
    ...node('what pods refer to', 'list watch', 'certificates.k8s.io/clustertrustbundles'),
    ...node("the node's lease", 'create', 'coordination.k8s.io/leases', leases, true),
    ...node("the node's lease", 'get update', 'coordination.k8s.io/leases', { ...leases, ...named }, true),
  ];
}

/** `patch pods/status`, as kubectl writes it; with the name that it is limited to. */
export function describeRight({ verb, group, resource, subresource, name }: ResourceAttributes): string {
  const what = `${resource}${group ? `.${group}` : ''}${subresource ? `/${subresource}` : ''}`;
  return `${verb} ${what}${name ? ` ${name}` : ''}`;
}

interface Place {
  readonly namespace?: string;
  readonly name?: string;
}

const VERSIONS: Readonly<Record<string, string>> = { 'longshore.dev': 'v1alpha1' };

/** `resource` is `[group/]resource[/subresource]`; groups have a dot, or are `policy`. */
function rights(about: Omit<Right, 'attributes'>, verbs: string, resource: string, where: Place): Right[] {
  const parts = resource.split('/');
  const [first = ''] = parts;
  const group = first.includes('.') || first === 'policy' ? first : '';
  const [name = '', subresource] = group === '' ? parts : parts.slice(1);
  return verbs.split(' ').map((verb) => ({
    ...about,
    attributes: {
      ...{ verb, group, version: VERSIONS[group] ?? 'v1', resource: name },
      ...(subresource !== undefined && { subresource }),
      ...where,
    },
  }));
}
