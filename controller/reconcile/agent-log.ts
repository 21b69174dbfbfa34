// An agent's own log, over its connection.
import { LongshoreError } from '../../common/errors.ts';
import type { AgentRegistry } from './agent-registry.ts';
import type { AgentStream } from './agent-stream.ts';

export interface AgentLogWish {
  readonly name: string;
  readonly follow: boolean;
  /** Undefined: all that it keeps. */
  readonly tailLines: number | undefined;
}

/** Rejects with `not-found`, `unavailable` or, from an agent that cannot give it, `invalid`. */
export async function openAgentLog(
  registry: AgentRegistry,
  { name, follow, tailLines }: AgentLogWish,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const agent = registry.agents().find((candidate) => candidate.name === name);
  if (!agent) throw new LongshoreError('not-found', `there is no agent '${name}'`);
  const link = registry.link(agent.uid);
  if (!link) {
    throw new LongshoreError(
      'unavailable',
      `agent '${name}' is not connected: its log can be read on the machine itself, such as with journalctl -u longshore-agent`,
    );
  }
  const agentLog = { follow, ...(tailLines !== undefined && { tailLines }) };
  const { output } = await link.openStream({ agentLog }, signal);
  return bytesOf(output);
}

async function* bytesOf(output: AgentStream['output']): AsyncGenerator<Buffer> {
  for await (const message of output) if (message.kind === 'data') yield message.data;
}
