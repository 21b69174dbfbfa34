// From here to the API server, as the kubeconfig's user, and what that user needs for this CLI.
import type { ResourceAttributes } from '../../model/access.ts';
import { describeRight } from '../../model/rights.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

const apiServer: Check = {
  name: 'API server',
  hop: 'here -> API server',
  needs: [],
  async run({ cluster, signal }) {
    return ok(`answers, Kubernetes ${await cluster.version(signal)}`);
  },
};

const EVERY_COMMAND = 'every command';

interface Need {
  readonly attributes: ResourceAttributes;
  readonly purpose: string;
  readonly isVital: boolean;
}

/** For a look at streams: kubectl creates them over SPDY and gets them over WebSocket, as the doctor does. */
const STREAMS = "this command's look at streams";
const PORT = "this command's look at the kubelet port";

const OF_NODES: readonly (readonly [verb: string, subresource: string, purpose: string])[] = [
  ['get', '', PORT],
  ['get', 'proxy', PORT],
  ['create', 'proxy', STREAMS],
];
const OF_PODS: readonly (readonly [verb: string, subresource: string, purpose: string])[] = [
  ['get', '', STREAMS],
  ['create', '', STREAMS],
  ['delete', '', STREAMS],
  ['get', 'log', STREAMS],
  ...['exec', 'attach', 'portforward'].flatMap((stream) => [
    ['create', stream, STREAMS] as const,
    ['get', stream, STREAMS] as const,
  ]),
];

function needs(namespace: string): readonly Need[] {
  const core = { group: '', version: 'v1' };
  const token = { resource: 'serviceaccounts', subresource: 'token', verb: 'create' };
  const needed = (attributes: Omit<ResourceAttributes, 'group' | 'version'>, purpose: string): Need => ({
    attributes: { ...core, ...attributes },
    purpose,
    isVital: purpose === EVERY_COMMAND,
  });
  const of = (resource: string, [verb, subresource]: readonly [string, string, string]) => ({
    ...{ verb, resource },
    ...(subresource && { subresource }),
  });
  return [
    needed({ verb: 'get', resource: 'configmaps', namespace, name: 'longshore-controller' }, EVERY_COMMAND),
    needed({ ...token, namespace, name: 'longshore-operator' }, EVERY_COMMAND),
    needed({ verb: 'list', resource: 'events' }, 'events and explain'),
    needed({ verb: 'watch', resource: 'events' }, 'events --watch'),
    ...OF_NODES.map((row) => needed(of('nodes', row), row[2])),
    ...OF_PODS.map((row) => needed({ ...of('pods', row), namespace }, row[2])),
  ];
}

const rights: Check = {
  name: 'your rights',
  hop: 'here -> API server',
  needs: ['API server'],
  async run({ cluster, namespace, signal }) {
    const found = await Promise.all(
      needs(namespace).map(async ({ attributes, purpose, isVital }): Promise<Finding | undefined> => {
        const { allowed } = await cluster.may(attributes, signal);
        if (allowed) return undefined;
        const message = `you may not ${describeRight(attributes)}, needed for ${purpose}`;
        const remedy = 'have a cluster administrator bind it to you, or use another kubeconfig or --context';
        return isVital ? fail(message, remedy) : warn(message, remedy);
      }),
    );
    const missing = found.filter((finding) => finding !== undefined);
    return missing.length === 0 ? ok('all that this CLI needs') : missing;
  },
};

export const OPERATOR_CHECKS: readonly Check[] = [apiServer, rights];
