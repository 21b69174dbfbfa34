// Marks the leader's own Pod, so that the Services of deploy/ lead agents and the API server to it and to no standby.
// Looks at levels: while it leads, this Pod carries the label and no other of the namespace does (a leader that died or
// was cut off cannot take its own off); on a standby this Pod does not carry it.
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { LEADER_LABEL } from '../../common/names.ts';
import { createWake } from '../../common/wake.ts';
import { ApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import type { Leadership } from './leader.ts';
import { createReflector } from './reflector.ts';
import { podPath } from './resource-path.ts';
import type { KubeObject } from './watch.ts';

export interface LeaderLabelOptions {
  readonly client: KubeClient;
  /** The one this process runs in. */
  readonly pod: { readonly namespace: string; readonly name: string };
}

export interface LeaderLabel {
  /** This Pod is the leader's until the signal aborts. */
  lead(leadership: Pick<Leadership, 'isHeld'>, signal: AbortSignal): void;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_MS = 60_000;

export function createLeaderLabel(
  { client, pod: { namespace, name: ownName } }: LeaderLabelOptions,
  tools: { readonly clock: Clock; readonly log: Log },
): LeaderLabel {
  const { clock, log } = tools;
  const wake = createWake(clock);
  const look = () => wake.raise();
  const labelled = createReflector<KubeObject>(
    {
      client,
      path: podPath({ namespace }),
      labelSelector: `${LEADER_LABEL}=true`,
      observer: { changed: look, vanished: look, synced: look },
    },
    tools,
  );
  let term: Pick<Leadership, 'isHeld'> | undefined;

  const setLabel = async (name: string, value: 'true' | null, signal: AbortSignal): Promise<void> => {
    await client.request({
      method: 'PATCH',
      path: podPath({ namespace, name }),
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { [LEADER_LABEL]: value } } },
      signal,
    });
    log.info({ pod: name }, value ? 'this Pod carries the leader label' : 'the leader label is taken off');
  };

  const pass = async (signal: AbortSignal): Promise<void> => {
    if (!labelled.isSynced) return;
    const own = labelled.byName(ownName, namespace);
    if (!term) {
      if (own) await setLabel(ownName, null, signal);
      return;
    }
    if (!own && term.isHeld()) await setLabel(ownName, 'true', signal);
    for (const { metadata } of labelled.list()) {
      if (metadata.name === ownName || !term?.isHeld()) continue;
      await setLabel(metadata.name, null, signal).catch(unlessGone);
    }
  };

  const keep = async (signal: AbortSignal): Promise<void> => {
    const fresh = backoff({ initialMs: 100, maxMs: 5000, jitter: 0.3 });
    let pause = fresh;
    while (!signal.aborted) {
      try {
        await pass(signal);
        pause = fresh;
        await wake.wait(LOOK_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (pause === fresh)
          log.warn({ error: describeError(error) }, 'cannot set the leader label; trying again');
        await clock.sleep(pause.delayMs, signal).catch(() => undefined);
        pause = pause.next();
      }
    }
  };

  return {
    lead(leadership, signal) {
      const end = () => {
        if (term === leadership) term = undefined;
        look();
      };
      if (signal.aborted) return;
      term = leadership;
      signal.addEventListener('abort', end, { once: true });
      look();
    },
    async run(signal) {
      await Promise.all([labelled.run(signal), keep(signal)]);
    },
  };
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ApiError) || error.statusCode !== 404) throw error;
}
