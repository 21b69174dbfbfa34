// One image pulled on several agents because an operator asked: some at a time, each with a state of its own, so that one that
// fails holds up none of the others. One that is slow gives up its turn after a minute and goes on beside them. It lives as long
// as who asked is there to hear of it.
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import { Turns } from '../../common/turns.ts';
import type { AgentPull } from '../../proto/gen/longshore/v1/AgentPull.ts';
import { createPullReports } from '../model/pull-report.ts';
import type { AgentLink } from './agent-link.ts';

export interface ImagePullWish {
  readonly image: string;
  readonly dockerConfigJson: Buffer;
  readonly parallel: number;
}

export interface PullingAgent {
  readonly name: string;
  /** Undefined: it is not connected. */
  readonly link: Pick<AgentLink, 'openStream'> | undefined;
}

export interface ImagePullsOptions {
  readonly agents: readonly PullingAgent[];
  /** It is there now. A failure counts as one of the pull. */
  readonly pulled: (agent: string) => Promise<void>;
  readonly clock: Clock;
}

const MAX_TURN_MS = 60_000;

/** All agents first, then those that changed; ends when each has come to its end. */
export async function* pullOnAgents(
  wish: ImagePullWish,
  { agents, pulled, clock }: ImagePullsOptions,
  signal: AbortSignal,
): AsyncGenerator<AgentPull[]> {
  const left = new AbortController();
  const until = AbortSignal.any([signal, left.signal]);
  const turns = new Turns(wish.parallel);
  const changed = new Map<string, AgentPull>();
  let wake = Promise.withResolvers<void>();
  const show = (pull: AgentPull) => {
    changed.set(pull.agent ?? '', pull);
    wake.resolve();
  };
  for (const { name } of agents) show({ agent: name, state: 'AGENT_PULL_STATE_WAITING' });

  const pull = async ({ name, link }: PullingAgent): Promise<void> => {
    try {
      if (!link) throw new LongshoreError('unavailable', 'it is not connected');
      const endTurn = await turns.take(until);
      const ended = new AbortController();
      const turn = clock.sleep(MAX_TURN_MS, ended.signal).finally(endTurn);
      try {
        const done = await pullOn(link, { wish, show: (state) => show({ agent: name, ...state }) }, until);
        await pulled(name);
        show({ agent: name, state: 'AGENT_PULL_STATE_DONE', ...done });
      } finally {
        ended.abort();
        await turn.catch(() => undefined);
      }
    } catch (error) {
      show({ agent: name, state: 'AGENT_PULL_STATE_FAILED', message: describeError(error) });
    }
  };
  let isOver = false;
  const over = Promise.all(agents.map(pull)).then(() => {
    isOver = true;
  });
  try {
    while (!isOver || changed.size > 0) {
      await Promise.race([wake.promise, over]);
      wake = Promise.withResolvers();
      const news = [...changed.values()];
      changed.clear();
      if (news.length > 0) yield news;
    }
  } finally {
    left.abort();
    await over;
  }
}

type Done = Required<Pick<AgentPull, 'sizeBytes' | 'wasHere'>>;

async function pullOn(
  link: Pick<AgentLink, 'openStream'>,
  { wish, show }: { readonly wish: ImagePullWish; readonly show: (state: Omit<AgentPull, 'agent'>) => void },
  signal: AbortSignal,
): Promise<Done> {
  const { image, dockerConfigJson } = wish;
  const { output } = await link.openStream({ pullImage: { image, dockerConfigJson } }, signal);
  show({ state: 'AGENT_PULL_STATE_PULLING' });
  const reports = createPullReports();
  let done: Done | undefined;
  for await (const message of output) {
    for (const report of message.kind === 'data' ? reports.take(message.data) : []) {
      if (report.kind === 'done') done = { sizeBytes: report.sizeBytes, wasHere: report.wasHere };
      else
        show({
          state: 'AGENT_PULL_STATE_PULLING',
          ...{ doneBytes: report.doneBytes, totalBytes: report.totalBytes },
        });
    }
  }
  if (!done) throw new LongshoreError('unavailable', 'the agent ended the pull without a word');
  return done;
}
