// The defaults a real API server writes into a pod, which kubectl shows and the kubelet contract counts on. Changes the
// object it is given.

import { parseQuantity } from '../../common/quantity.ts';
import { clone, ensureObject, isObject, objectAt, objectsAt, setDefault, stringAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { JsonObject } from './resource.ts';

const FILE_MODE = 0o644;

export function defaultPod(pod: KubeObject): void {
  const spec = ensureObject(pod, 'spec');
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  setDefault(spec, 'enableServiceLinks', true);
  const hostNetwork = spec['hostNetwork'] === true;
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of objectsAt(spec, list)) defaultContainer(container, hostNetwork);
  }
  for (const volume of objectsAt(spec, 'volumes')) defaultVolume(volume);
}

function defaultContainer(container: JsonObject, hostNetwork: boolean): void {
  setDefault(container, 'resources', {});
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'imagePullPolicy', defaultPullPolicy(stringAt(container, 'image') ?? ''));
  for (const port of objectsAt(container, 'ports')) {
    setDefault(port, 'protocol', 'TCP');
    if (hostNetwork) setDefault(port, 'hostPort', port['containerPort']);
  }
  const limits = objectAt(container, 'resources', 'limits');
  if (limits) {
    const requests = ensureObject(ensureObject(container, 'resources'), 'requests');
    for (const [name, quantity] of Object.entries(limits)) setDefault(requests, name, quantity);
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = objectAt(container, name);
    if (probe) defaultProbe(probe);
  }
  for (const hook of ['postStart', 'preStop']) defaultHttp(objectAt(container, 'lifecycle', hook, 'httpGet'));
  for (const variable of objectsAt(container, 'env'))
    defaultFieldRef(objectAt(variable, 'valueFrom', 'fieldRef'));
}

function defaultProbe(probe: JsonObject): void {
  setDefault(probe, 'timeoutSeconds', 1);
  setDefault(probe, 'periodSeconds', 10);
  setDefault(probe, 'successThreshold', 1);
  setDefault(probe, 'failureThreshold', 3);
  defaultHttp(objectAt(probe, 'httpGet'));
  const grpc = objectAt(probe, 'grpc');
  if (grpc) setDefault(grpc, 'service', '');
}

function defaultHttp(action: JsonObject | undefined): void {
  if (!action) return;
  if (!action['path']) action['path'] = '/';
  setDefault(action, 'scheme', 'HTTP');
}

function defaultFieldRef(reference: JsonObject | undefined): void {
  if (reference) setDefault(reference, 'apiVersion', 'v1');
}

/** `Always` for `:latest` and for no tag at all. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultVolume(volume: JsonObject): void {
  if (!Object.entries(volume).some(([key, value]) => key !== 'name' && isObject(value)))
    volume['emptyDir'] = {};
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const found = objectAt(volume, source);
    if (found) setDefault(found, 'defaultMode', FILE_MODE);
  }
  const hostPath = objectAt(volume, 'hostPath');
  if (hostPath) setDefault(hostPath, 'type', '');
  for (const item of objectsAt(volume, 'downwardAPI', 'items')) defaultFieldRef(objectAt(item, 'fieldRef'));
  for (const source of objectsAt(volume, 'projected', 'sources')) {
    const token = objectAt(source, 'serviceAccountToken');
    if (token) setDefault(token, 'expirationSeconds', 3600);
    for (const item of objectsAt(source, 'downwardAPI', 'items')) defaultFieldRef(objectAt(item, 'fieldRef'));
  }
}

/** Guaranteed, Burstable or BestEffort, from cpu and memory of all containers. */
export function qosClass(pod: KubeObject): string {
  const containers = [...objectsAt(pod, 'spec', 'initContainers'), ...objectsAt(pod, 'spec', 'containers')];
  const amounts = (container: JsonObject, list: string) => {
    const named = clone(objectAt(container, 'resources', list) ?? {});
    const parsed = ['cpu', 'memory'].map((name) => parseQuantity(String(named[name] ?? '0')) ?? 0n);
    return parsed;
  };
  const all = containers.map((container) => ({
    requests: amounts(container, 'requests'),
    limits: amounts(container, 'limits'),
  }));
  if (all.every(({ requests, limits }) => [...requests, ...limits].every((amount) => amount === 0n))) {
    return 'BestEffort';
  }
  const guaranteed = all.every(({ requests, limits }) =>
    limits.every((limit, index) => limit > 0n && limit === requests[index]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
