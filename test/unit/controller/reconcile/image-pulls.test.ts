import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import type { StreamRequest } from '../../../../controller/reconcile/agent-stream.ts';
import { type PullingAgent, pullOnAgents } from '../../../../controller/reconcile/image-pulls.ts';
import type { AgentPull } from '../../../../proto/gen/longshore/v1/AgentPull.ts';
import { eventually } from '../../../kit/eventually.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const DONE = '{"sizeBytes":42,"wasHere":false}\n';

/** An agent that sends these pieces of text, and fails with the error in their place. */
class ScriptedAgent implements PullingAgent {
  readonly name: string;
  readonly asked: StreamRequest[] = [];
  signal: AbortSignal | undefined;
  readonly #pieces: readonly (string | Error | Promise<unknown>)[];

  constructor(name: string, ...pieces: (string | Error | Promise<unknown>)[]) {
    this.name = name;
    this.#pieces = pieces;
  }

  get link(): PullingAgent['link'] {
    return {
      openStream: async (request, signal) => {
        this.asked.push(request);
        this.signal = signal;
        return { output: this.#output(signal), send: async () => {} };
      },
    };
  }

  async *#output(signal: AbortSignal): AsyncGenerator<StreamOutput> {
    for (const piece of this.#pieces) {
      if (piece instanceof Error) throw piece;
      if (typeof piece === 'string') yield { kind: 'data', data: Buffer.from(piece) };
      else await Promise.race([piece, new Promise((_, reject) => signal.addEventListener('abort', reject))]);
    }
  }
}

const wish = (parallel = 10) => ({ image: 'web:1', dockerConfigJson: Buffer.from('{}'), parallel });
const until = new AbortController().signal;
const nothing = async () => {};

async function states(
  agents: readonly PullingAgent[],
  options: {
    readonly pulled?: (agent: string) => Promise<void>;
    readonly parallel?: number;
    readonly clock?: ManualClock;
  } = {},
): Promise<Map<string, AgentPull>> {
  const last = new Map<string, AgentPull>();
  const { pulled = nothing, clock = new ManualClock() } = options;
  const source = pullOnAgents(wish(options.parallel), { agents, pulled, clock }, until);
  for await (const pulls of source) for (const pull of pulls) last.set(pull.agent ?? '', pull);
  return last;
}

describe('an image that is pulled on agents', () => {
  test('is asked of each with the credentials, and each ends as it ends', async () => {
    const away: PullingAgent = { name: 'away', link: undefined };
    const good = new ScriptedAgent('good', '{"doneBytes":1,"total', 'Bytes":2}\n', DONE);
    const bad = new ScriptedAgent('bad', new LongshoreError('unavailable', 'no such manifest'));
    const mute = new ScriptedAgent('mute', 'what is this\n');
    const pinned: string[] = [];
    const last = await states([away, good, bad, mute], { pulled: async (agent) => void pinned.push(agent) });
    assert.deepEqual(
      [...last.values()].map(({ agent, state, message }) => [agent, state?.toString().slice(17), message]),
      [
        ['away', 'FAILED', 'it is not connected'],
        ['good', 'DONE', undefined],
        ['bad', 'FAILED', 'no such manifest'],
        ['mute', 'FAILED', 'the agent ended the pull without a word'],
      ],
    );
    assert.deepEqual(last.get('good')?.sizeBytes, 42);
    assert.deepEqual(good.asked, [{ pullImage: { image: 'web:1', dockerConfigJson: Buffer.from('{}') } }]);
    assert.deepEqual(pinned, ['good']);
  });

  test('that cannot be pinned afterwards has failed', async () => {
    const pulled = () => Promise.reject(new Error('an agent has at most 64 pinned images'));
    const last = await states([new ScriptedAgent('a', DONE)], { pulled });
    assert.deepEqual(last.get('a')?.message, 'an agent has at most 64 pinned images');
  });

  test('is pulled on some at a time', async () => {
    const gate = Promise.withResolvers<void>();
    const agents = ['a', 'b', 'c'].map((name) => new ScriptedAgent(name, gate.promise, DONE));
    const all = states(agents, { parallel: 2 });
    await eventually(() => agents.filter(({ asked }) => asked.length > 0).length === 2);
    gate.resolve();
    const last = await all;
    assert.deepEqual(
      [...last.values()].map(({ state }) => state),
      Array.from({ length: 3 }, () => 'AGENT_PULL_STATE_DONE'),
    );
  });

  test('is not waited for by the others where it takes longer than a turn', async () => {
    const clock = new ManualClock();
    const gate = Promise.withResolvers<void>();
    const slow = ['a', 'b'].map((name) => new ScriptedAgent(name, gate.promise, DONE));
    const others = ['c', 'd', 'e', 'f'].map((name) => new ScriptedAgent(name, DONE));
    const all = states([...slow, ...others], { parallel: 2, clock });
    await eventually(() => slow.every(({ asked }) => asked.length === 1));
    await clock.advance(59_999);
    assert.deepEqual(others[0]?.asked, []);
    await clock.advance(1);
    await eventually(() => others.every(({ asked }) => asked.length === 1));
    gate.resolve();
    assert.deepEqual(
      [...(await all).values()].map(({ state }) => state),
      Array.from({ length: 6 }, () => 'AGENT_PULL_STATE_DONE'),
    );
  });

  test('is given up when nobody wants to hear of it', async () => {
    const agent = new ScriptedAgent('a', '{"doneBytes":1,"totalBytes":2}\n', new Promise(() => {}));
    const options = { agents: [agent], pulled: nothing, clock: new ManualClock() };
    for await (const [pull] of pullOnAgents(wish(), options, until)) {
      if (pull?.doneBytes === 1) break;
    }
    assert.equal(agent.signal?.aborted, true);
  });
});
