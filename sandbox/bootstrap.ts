// What a cluster's administrator would do once before installing Longshore: apply the files of deploy/.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KubernetesObject, KubernetesObjectApi } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { LongshoreError } from '../common/errors.ts';
import { loadKubeconfig } from './observe.ts';

/** Of deploy/base; a sandbox's controller is a process on this machine, so it has no Deployment. */
const FILES = ['namespace.yaml', 'crd.yaml', 'operator.yaml', 'controller.yaml', 'node.yaml'];

/** Creates what is missing; leaves what is there. */
export async function applyDeployFiles(kubeconfig: string): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(loadKubeconfig(kubeconfig));
  for (const file of FILES) {
    const text = readFileSync(join(import.meta.dirname, '../deploy/base', file), 'utf8');
    for (const document of parseAllDocuments(text))
      await createIfMissing(api, document.toJS() as KubernetesObject);
  }
}

async function createIfMissing(api: KubernetesObjectApi, object: KubernetesObject): Promise<void> {
  try {
    await api.create(object);
  } catch (error) {
    if ((error as { code?: number }).code === 409) return;
    throw new LongshoreError('unavailable', `cannot create ${object.kind} ${object.metadata?.name}`, {
      cause: error,
    });
  }
}
