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

interface Need {
  readonly attributes: ResourceAttributes;
  readonly purpose: string;
  readonly isVital: boolean;
}

function needs(namespace: string): readonly Need[] {
  const core = { group: '', version: 'v1' };
  const token = { resource: 'serviceaccounts', subresource: 'token', verb: 'create' };
  return [
    {
      attributes: { ...core, verb: 'get', resource: 'configmaps', namespace, name: 'longshore-controller' },
      ...{ purpose: 'every command', isVital: true },
    },
    {
      attributes: { ...core, ...token, namespace, name: 'longshore-operator' },
      ...{ purpose: 'every command', isVital: true },
    },
    {
      attributes: { ...core, verb: 'list', resource: 'events' },
      purpose: 'events and explain',
      isVital: false,
    },
    {
      attributes: { ...core, verb: 'get', resource: 'nodes', subresource: 'proxy' },
      ...{ purpose: "this command's look at the kubelet port", isVital: false },
    },
    ...(
      [
        ['create', ''],
        ['delete', ''],
        ['get', 'log'],
        ['create', 'exec'],
        ['create', 'attach'],
        ['create', 'portforward'],
      ] as const
    ).map(([verb, subresource]) => ({
      attributes: { ...core, verb, resource: 'pods', ...(subresource && { subresource }), namespace },
      ...{ purpose: "this command's look at streams", isVital: false },
    })),
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
