// Objects that the scenarios create.

/** A pod that the scheduler leaves alone, so that nobody but the scenario writes to it. */
export function pod(name: string, more: { labels?: object; metadata?: object; spec?: object } = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(more.labels ? { labels: more.labels } : {}), ...more.metadata },
    spec: {
      schedulerName: 'nobody',
      containers: [{ name: 'main', image: 'example/app:1' }],
      ...more.spec,
    },
  };
}

export function configMap(name: string, data: Record<string, string> = {}, metadata: object = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

/** Ready once `makeReady` has told so; its taints come and go as the control plane sees fit. */
export function node(name: string, more: { metadata?: object; spec?: object } = {}) {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, ...more.metadata }, spec: { ...more.spec } };
}
