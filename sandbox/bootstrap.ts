// What a cluster's administrator would do once before installing Longshore: apply the files of deploy/.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CustomObjectsApi,
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
} from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { LongshoreError } from '../common/errors.ts';
import { loadKubeconfig } from './observe.ts';
import type { NodeChoice } from './specs.ts';

/** Of deploy/base; a sandbox's controller is a process on this machine, so it has no Deployment. */
const FILES = ['namespace.yaml', 'crd.yaml', 'operator.yaml', 'controller.yaml', 'node.yaml'];

const FOR_AGENT_NODES = '../components/node-per-agent/access.yaml';

/** Creates what is missing; leaves what is there. */
export async function applyDeployFiles(kubeconfig: string, nodes: NodeChoice = 'one'): Promise<void> {
  const files = [...FILES, ...(nodes === 'per-agent' ? [FOR_AGENT_NODES] : [])];
  const texts = files.map((file) => readFileSync(join(import.meta.dirname, '../deploy/base', file), 'utf8'));
  const documents = texts.flatMap((text) => parseAllDocuments(text));
  await createAll(
    kubeconfig,
    documents.map((document) => document.toJS() as KubernetesObject),
  );
}

/** One after the other; leaves what is there. */
export async function createAll(kubeconfig: string, objects: readonly KubernetesObject[]): Promise<void> {
  const create = creator(loadKubeconfig(kubeconfig));
  for (const object of objects) await createIfMissing(create, object);
}

type Create = (object: KubernetesObject) => Promise<unknown>;

function creator(config: KubeConfig): Create {
  const typed = config.makeApiClient(KubernetesObjectApi);
  const custom = config.makeApiClient(CustomObjectsApi);
  const group = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' };
  return (object) =>
    // As a typed object it would lose every key of its schema that begins with x-kubernetes-.
    object.kind === 'CustomResourceDefinition'
      ? custom.createClusterCustomObject({ ...group, body: object })
      : typed.create(object);
}

async function createIfMissing(create: Create, object: KubernetesObject): Promise<void> {
  try {
    await create(object);
  } catch (error) {
    if ((error as { code?: number }).code === 409) return;
    throw new LongshoreError('unavailable', `cannot create ${object.kind} ${object.metadata?.name}`, {
      cause: error,
    });
  }
}
