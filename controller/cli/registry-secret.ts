// A pull secret, read as the kubeconfig's own user, in the one form that goes to the agents.
import { LongshoreError } from '../../common/errors.ts';
import type { Cluster } from './cluster.ts';

const MODERN = { type: 'kubernetes.io/dockerconfigjson', key: '.dockerconfigjson' };
const LEGACY = { type: 'kubernetes.io/dockercfg', key: '.dockercfg' };

/** Rejects when there is none, or it is none; never repeats what is in it. */
export async function readDockerConfig(
  cluster: Pick<Cluster, 'secret'>,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const secret = await cluster.secret(namespace, name, signal);
  if (!secret) throw new LongshoreError('not-found', `there is no secret ${namespace}/${name}`);
  const kind = [MODERN, LEGACY].find(({ type }) => type === secret.type);
  const text = kind && Buffer.from(secret.data[kind.key] ?? '', 'base64').toString('utf8');
  const config = text && parse(text);
  if (!kind || !config)
    throw new LongshoreError(
      'invalid',
      `secret ${namespace}/${name} is no pull secret: make one with kubectl create secret docker-registry`,
    );
  return Buffer.from(JSON.stringify(kind === LEGACY ? { auths: config } : config));
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
