// Agents that answer streams over real gRPC, and what their readers get.
import assert from 'node:assert/strict';
import type { StreamHost } from '../../agent/link/stream-host.ts';
import { LongshoreError } from '../../common/errors.ts';
import { holdFewMessages } from '../../common/lean-streams.ts';
import type { AgentLink } from '../../controller/reconcile/agent-link.ts';
import type { RpcMeter } from '../../controller/rpc/rpc-meter.ts';
import { eventually } from './eventually.ts';
import {
  joinTestAgent,
  type RecordingObserver,
  startTestController,
  startTestLink,
  type TestController,
} from './rpc-fixture.ts';

holdFewMessages();

export type LogSource = StreamHost['logs'];

export const REQUEST = { podUid: 'a', container: 'main', follow: true };

/** A controller with one connected agent that serves logs from `source`. */
export async function connected(
  source: LogSource,
  options: { readonly name?: string; readonly meter?: RpcMeter } = {},
) {
  const { meter } = options;
  const controller = await startTestController(meter ? { meter } : {});
  const agent = await connectAgent(controller, source, options.name ?? 'garage-pi');
  return {
    controller,
    ...agent,
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]();
      await controller[Symbol.asyncDispose]();
    },
  };
}

export async function connectAgent(controller: TestController, source: LogSource, name: string) {
  const observer = controller.observer as RecordingObserver;
  const { membership } = await joinTestAgent({
    address: controller.address,
    token: await controller.token(),
    name,
  });
  const agent = startTestLink({ membership, address: controller.address });
  agent.streams.logs = source;
  const link = await eventually<AgentLink>(
    () => observer.links.find((each) => each.agent.name === name) as AgentLink,
  );
  return { link, agent, membership, observer, [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
}

export async function* chunks(
  count: number,
  size: number,
  onChunk: (index: number) => void = () => undefined,
) {
  for (let index = 0; index < count; index++) {
    onChunk(index);
    yield Buffer.alloc(size, index % 251);
  }
}

export async function openLogs(
  link: AgentLink,
  logs: { readonly podUid: string; readonly container: string; readonly follow: boolean },
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const { output } = await link.openStream({ logs }, signal);
  return (async function* () {
    for await (const message of output) if (message.kind === 'data') yield message.data;
  })();
}

/** A source that says one line and then stays silent until it is stopped. */
export function silentAfter(line: string, onStop: () => void): LogSource {
  return async (_request, signal) =>
    (async function* () {
      try {
        if (line) yield Buffer.from(line);
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      } finally {
        onStop();
      }
    })();
}

export function fails(code: string, message: RegExp) {
  return (error: unknown) =>
    error instanceof LongshoreError && error.code === code && message.test(error.message)
      ? true
      : assert.fail(String(error));
}
