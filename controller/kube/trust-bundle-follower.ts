// ClusterTrustBundles, for pods that project them: an API that older servers lack, and newer ones serve in several
// versions. Where there is none, there is no bundle. Nothing is asked of the API server before a pod needs one.
import { createHash } from 'node:crypto';
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { BundleChoice } from '../../common/pod-references.ts';
import { type TrustBundle, trustAnchors } from '../model/trust-bundles.ts';
import type { ObjectState } from '../reconcile/object-source.ts';
import { isStatus } from './api-error.ts';
import { type Askers, createAskers } from './askers.ts';
import type { KubeClient } from './client.ts';
import { createReflector } from './reflector.ts';
import type { KubeObject } from './watch.ts';

export type TrustBundleFollower = Pick<Askers<BundleChoice>, 'add' | 'run'>;

const GROUP = '/apis/certificates.k8s.io';
/** The newest first. */
const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'];
/** An upgraded API server may serve what the old one lacked. */
const LOOK_AGAIN_MS = 300_000;

export function createTrustBundleFollower(
  client: KubeClient,
  tools: { readonly clock: Clock; readonly log: Log },
): TrustBundleFollower {
  const { clock } = tools;
  const asked = Promise.withResolvers<void>();
  let known: (() => readonly TrustBundle[]) | undefined;
  const askers = createAskers<BundleChoice>((choice) => known && anchorsState(known(), choice), clock);

  /** The collection; undefined when the signal aborts before there is one. */
  async function findApi(signal: AbortSignal): Promise<string | undefined> {
    let pause = backoff({ initialMs: 500, maxMs: LOOK_AGAIN_MS, jitter: 0.3 });
    while (!signal.aborted) {
      try {
        const path = await servedPath(client, signal);
        if (path !== undefined) return path;
        known = () => [];
        askers.news();
        await clock.sleep(LOOK_AGAIN_MS, signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        askers.failed(error);
        await clock.sleep(pause.delayMs, signal).catch(() => undefined);
        pause = pause.next();
      }
    }
    return undefined;
  }

  async function follow(signal: AbortSignal): Promise<void> {
    const path = await findApi(signal);
    if (path === undefined) return;
    const { news, failed } = askers;
    const synced = () => {
      known = () => reflector.list();
      news();
    };
    const reflector = createReflector<KubeObject & TrustBundle>(
      { client, path, observer: { changed: news, vanished: news, synced }, failed },
      tools,
    );
    await reflector.run(signal);
  }

  return {
    add(choice, tell, signal) {
      askers.add(choice, tell, signal);
      asked.resolve();
    },
    async run(signal) {
      signal.addEventListener('abort', () => asked.resolve(), { once: true });
      if (!signal.aborted) await asked.promise;
      await Promise.all([follow(signal), askers.run(signal)]);
    },
  };
}

function anchorsState(bundles: readonly TrustBundle[], choice: BundleChoice): ObjectState {
  const anchors = trustAnchors(bundles, choice);
  if (anchors === undefined) return { kind: 'absent' };
  const json = JSON.stringify(anchors);
  return { kind: 'found', revision: createHash('sha256').update(json).digest('hex').slice(0, 32), json };
}

async function servedPath(client: KubeClient, signal: AbortSignal): Promise<string | undefined> {
  for (const version of VERSIONS) {
    const path = `${GROUP}/${version}`;
    try {
      const { resources } = await client.request<{ resources?: readonly { name?: string }[] }>({
        method: 'GET',
        path,
        signal,
      });
      if (resources?.some(({ name }) => name === 'clustertrustbundles')) return `${path}/clustertrustbundles`;
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
    }
  }
  return undefined;
}
