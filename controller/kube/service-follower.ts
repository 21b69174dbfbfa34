// The variables of Services, by namespace, from one watch over all Services.
import { createHash } from 'node:crypto';
import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import { type ApiServerAddress, type Service, serviceVariables } from '../model/service-variables.ts';
import type { ObjectState } from '../reconcile/object-source.ts';
import { type Askers, createAskers } from './askers.ts';
import type { KubeClient } from './client.ts';
import { createReflector, type Reflector } from './reflector.ts';

export interface ServiceFollowerOptions {
  readonly client: KubeClient;
  readonly apiServer: ApiServerAddress | undefined;
}

/** The question is a namespace; undefined: the cluster's own Service alone. */
export type ServiceFollower = Pick<Askers<string | undefined>, 'add' | 'run'>;

export function createServiceFollower(
  { client, apiServer }: ServiceFollowerOptions,
  tools: { readonly clock: Clock; readonly log: Log },
): ServiceFollower {
  const askers: Askers<string | undefined> = createAskers(
    (namespace) => (reflector.isSynced ? variablesState(reflector.list(), namespace, apiServer) : undefined),
    tools.clock,
  );
  const { news, failed } = askers;
  const reflector: Reflector<Service> = createReflector<Service>(
    { client, path: '/api/v1/services', observer: { changed: news, vanished: news, synced: news }, failed },
    tools,
  );
  return {
    add: askers.add,
    async run(signal) {
      await Promise.all([reflector.run(signal), askers.run(signal)]);
    },
  };
}

function variablesState(
  services: readonly Service[],
  namespace: string | undefined,
  apiServer: ApiServerAddress | undefined,
): ObjectState {
  const json = JSON.stringify(serviceVariables(services, namespace, apiServer));
  return { kind: 'found', revision: createHash('sha256').update(json).digest('hex').slice(0, 32), json };
}
