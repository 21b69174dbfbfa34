// One request that an agent has accepted, as the kubelet API uses it: messages both ways, each at its reader's pace.
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import type { OpenStream } from '../../proto/gen/longshore/v1/OpenStream.ts';

/** What is asked of the agent; one of them. */
export type StreamRequest = Pick<
  OpenStream,
  'logs' | 'exec' | 'attach' | 'portForward' | 'agentLog' | 'pullImage'
>;

export interface AgentStream {
  /**
   * What the agent sends, for one reader. Ends when the agent has ended the stream well, and rejects with a
   * LongshoreError when it breaks. Leaving the iteration early cancels the stream at the agent.
   */
  readonly output: AsyncIterable<StreamOutput>;
  /** Resolves when there is room for more. Does nothing once the stream is over. */
  send(input: StreamInput): Promise<void>;
}
