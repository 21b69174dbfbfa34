// What pods refer to, followed at the API server: ConfigMaps, Secrets, runtime classes and claims one by one by their names, so that
// nothing is read that no pod of this node refers to; Services and trust bundles by one watch each.
import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { ApiServerAddress } from '../model/service-variables.ts';
import type { ObjectSource } from '../reconcile/object-source.ts';
import type { KubeClient } from './client.ts';
import { followClaim } from './follow-claim.ts';
import { followNamed } from './named-object.ts';
import { createServiceFollower } from './service-follower.ts';
import { requestToken } from './token-request.ts';
import { createTrustBundleFollower } from './trust-bundle-follower.ts';

export interface ObjectSourceOptions {
  readonly client: KubeClient;
  /** Where pods reach the API server, when not at its Service's address. */
  readonly apiServer: ApiServerAddress | undefined;
}

export interface KubeObjectSource extends ObjectSource {
  /** Follows what it is asked to until the signal aborts; rejects for a defect of ours only. */
  run(signal: AbortSignal): Promise<void>;
}

export function createObjectSource(
  { client, apiServer }: ObjectSourceOptions,
  tools: { readonly clock: Clock; readonly log: Log },
): KubeObjectSource {
  const ended = new AbortController();
  const failed = Promise.withResolvers<never>();
  const tasks = new Set<Promise<void>>();
  const own = (work: Promise<void>) => {
    const task = work.catch(failed.reject).finally(() => tasks.delete(task));
    tasks.add(task);
  };
  const services = createServiceFollower({ client, apiServer }, tools);
  const bundles = createTrustBundleFollower(client, tools);

  return {
    follow(reference, tell, signal) {
      switch (reference.kind) {
        case 'configmaps':
        case 'secrets':
        case 'runtimeclasses': {
          const until = AbortSignal.any([signal, ended.signal]);
          return own(followNamed(client, { reference, tell }, { ...tools, signal: until }));
        }
        case 'persistentvolumeclaims': {
          const until = AbortSignal.any([signal, ended.signal]);
          return own(followClaim(client, { reference, tell }, { ...tools, signal: until }));
        }
        case 'services':
          return services.add(reference.namespace, tell, signal);
        case 'clustertrustbundles':
          return bundles.add(reference.bundles, tell, signal);
        default:
          return reference satisfies never;
      }
    },
    issueToken({ namespace, serviceAccount, pod, audience, expirationSeconds }, signal) {
      const audiences = audience === '' ? [] : [audience];
      return requestToken(client, { namespace, serviceAccount, pod, audiences, expirationSeconds, signal });
    },
    async run(signal) {
      const until = AbortSignal.any([signal, ended.signal]);
      own(services.run(until));
      own(bundles.run(until));
      try {
        await Promise.race([aborted(signal), failed.promise]);
      } finally {
        ended.abort();
        await Promise.allSettled(tasks);
      }
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
