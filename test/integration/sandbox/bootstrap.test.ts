// What a sandbox makes of deploy/: the same as `kubectl apply` would.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { parse } from 'yaml';
import type { KubeClient } from '../../../controller/kube/client.ts';
import { applyDeployFiles } from '../../../sandbox/bootstrap.ts';
import { onKubePlane } from '../../kit/kube-plane.ts';

const AGENTS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/agents.longshore.dev';

let kubeconfig: string;
let client: KubeClient;

onKubePlane((made) => {
  client = made.client;
  kubeconfig = made.plane.kubeconfig;
});

it('defines agents to the letter, and leaves what is there', async () => {
  await applyDeployFiles(kubeconfig);
  await applyDeployFiles(kubeconfig);
  const { spec } = await client.request<{ spec: { versions: unknown } }>({ method: 'GET', path: AGENTS });
  const file = readFileSync(join(import.meta.dirname, '../../../deploy/base/crd.yaml'), 'utf8');
  assert.deepEqual(spec.versions, parse(file).spec.versions);
});
