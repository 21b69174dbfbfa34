// Requests that the API server passes on: logs and streams to the kubelet of the pod's node, proxies to nodes and pods.
// The kubelet's serving certificate is not checked, as by a real API server without --kubelet-certificate-authority.
import type { ApiContext, ResourceCall } from './api-context.ts';
import { badRequest, forbiddenField, invalid, invalidField, notFound } from './api-error.ts';
import { type Forward, forward, type Upstream } from './forward.ts';
import { numberAt, objectsAt, stringAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { integerOption } from './list-options.ts';
import type { Reply } from './reply.ts';
import { isTrue } from './request-info.ts';
import { type Exchange, target } from './resource-calls.ts';
import { objectKey } from './storage.ts';

const PATHS = { log: 'containerLogs', exec: 'exec', attach: 'attach', portforward: 'portForward' } as const;

/** Where the request goes; undefined for the log of a pod that has no node yet, which is empty. */
export function upstreamFor(context: ApiContext, call: ResourceCall): Forward | undefined {
  const object = target(call);
  const { resource, info } = call;
  if (info.subresource !== 'proxy') return streamUpstream(context, call, context.objects.get(object));
  const upstream = resource.plural === 'nodes' ? nodeUpstream(context, call) : podUpstream(context, call);
  return { ...upstream, object, checked: false };
}

/** Logs, proxied requests, and streams asked for without an upgrade. */
export function forwardCall(context: ApiContext, call: ResourceCall, exchange: Exchange): Reply {
  const to = upstreamFor(context, call);
  if (!to) return { kind: 'empty' };
  return { kind: 'stream', run: () => forward(context, exchange, to) };
}

function streamUpstream(context: ApiContext, call: ResourceCall, pod: KubeObject): Forward | undefined {
  const subresource = call.info.subresource ?? '';
  if (!isStream(subresource)) throw badRequest(`unknown subresource ${subresource}`);
  const container =
    subresource === 'portforward' ? undefined : chooseContainer(pod, call.query.get('container') ?? '');
  if (subresource === 'log') checkLogOptions(call);
  const nodeName = stringAt(pod, 'spec', 'nodeName') ?? '';
  const { name, namespace = '' } = pod.metadata;
  if (nodeName === '') {
    if (subresource === 'log') return undefined;
    throw badRequest(`pod ${name} does not have a host assigned`);
  }
  const isExec = subresource === 'exec' || subresource === 'attach';
  const query = isExec ? execQuery(call.query) : new URLSearchParams(call.query);
  query.delete('container');
  const segments = [PATHS[subresource], namespace, name, ...(container === undefined ? [] : [container])];
  const path = `/${segments.map(encodeURIComponent).join('/')}${query.size === 0 ? '' : `?${query}`}`;
  return {
    ...kubelet(context, call, { nodeName, path }),
    object: target(call),
    checked: subresource === 'log',
  };
}

/** The kubelet calls the standard streams input, output and error. */
function execQuery(asked: URLSearchParams): URLSearchParams {
  const query = new URLSearchParams();
  for (const command of asked.getAll('command')) query.append('command', command);
  const names = [
    ['stdin', 'input'],
    ['stdout', 'output'],
    ['stderr', 'error'],
    ['tty', 'tty'],
  ] as const;
  for (const [from, to] of names) if (isTrue(asked.get(from))) query.set(to, '1');
  return query;
}

function isStream(subresource: string): subresource is keyof typeof PATHS {
  return Object.hasOwn(PATHS, subresource);
}

function nodeUpstream(context: ApiContext, call: ResourceCall): Upstream {
  const [, name = '', port] = /^(?:https:)?([^:]+)(?::(\d+))?/.exec(call.info.name ?? '') ?? [];
  const upstream = kubelet(context, call, { nodeName: name, path: proxiedPath(call) });
  return port === undefined ? upstream : { ...upstream, port: Number(port) };
}

function podUpstream(context: ApiContext, call: ResourceCall): Upstream {
  const match = /^(?:(https?):)?([^:]+)(?::(\d+))?:?$/.exec(call.info.name ?? '');
  const [, scheme = 'http', name = '', port] = match ?? [];
  const pod = context.objects.get({ ...target(call), name });
  const host = stringAt(pod, 'status', 'podIP') ?? '';
  if (host === '') throw badRequest('address not allowed');
  const ports = objectsAt(pod, 'spec', 'containers').flatMap((container) => objectsAt(container, 'ports'));
  const chosen = port === undefined ? (numberAt(ports[0], 'containerPort') ?? 80) : Number(port);
  return { tls: scheme === 'https', host, port: chosen, path: proxiedPath(call) };
}

function proxiedPath({ info, query }: ResourceCall): string {
  const text = query.toString();
  const path = (info.rest ?? '').split('/').map(encodeURIComponent).join('/');
  return `/${path}${text === '' ? '' : `?${text}`}`;
}

/** The real server speaks of a node that is not there as if it were of the kind that was asked for. */
function kubelet(
  { objects }: ApiContext,
  { resource }: Pick<ResourceCall, 'resource'>,
  { nodeName, path }: { readonly nodeName: string; readonly path: string },
): Upstream {
  const node = objects.storage.get('nodes.', objectKey(undefined, nodeName));
  if (!node) throw notFound(resource, nodeName);
  const addresses = objectsAt(node, 'status', 'addresses');
  const byType = (type: string) => addresses.find((address) => address['type'] === type);
  const host = stringAt(byType('InternalIP') ?? byType('ExternalIP') ?? byType('Hostname'), 'address') ?? '';
  if (host === '') throw badRequest(`no preferred addresses found; known addresses: []`);
  const port = numberAt(node, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port') || 10_250;
  return { tls: true, host, port, path };
}

/** The named container; the only one when none is named. */
function chooseContainer(pod: KubeObject, asked: string): string {
  const names = (list: string) =>
    objectsAt(pod, 'spec', list).map((container) => stringAt(container, 'name') ?? '');
  const regular = names('containers');
  const init = names('initContainers');
  const ephemeral = names('ephemeralContainers');
  const all = [...regular, ...init, ...ephemeral];
  const { name } = pod.metadata;
  if (asked !== '') {
    if (!all.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
    return asked;
  }
  const [only] = regular;
  if (regular.length === 1 && only !== undefined) return only;
  const choice = [...init, ...regular, ...ephemeral].join(' ');
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${choice}]`);
}

function checkLogOptions({ query, info }: ResourceCall): void {
  const rules = [
    ['tailLines', 0],
    ['sinceSeconds', 1],
    ['limitBytes', 1],
  ] as const;
  const errors = rules.flatMap(([field, least]) => {
    if (!query.has(field)) return [];
    const number = integerOption(query, field);
    if (number >= least) return [];
    return [invalidField(field, number, `must be greater than ${least === 0 ? 'or equal to 0' : '0'}`)];
  });
  if (query.has('sinceSeconds') && query.has('sinceTime')) {
    errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  }
  if (query.has('stream')) errors.push(forbiddenField('stream', 'may not be specified'));
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, info.name ?? '', errors);
}
