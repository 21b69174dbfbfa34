// The seam between the byte streams the controller asks for and what serves them on this machine. The runtime implements
// StreamHost; app.ts joins the two.
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import type { AgentLogRequest__Output } from '../../proto/gen/longshore/v1/AgentLogRequest.ts';
import type { AttachRequest__Output } from '../../proto/gen/longshore/v1/AttachRequest.ts';
import type { ExecRequest__Output } from '../../proto/gen/longshore/v1/ExecRequest.ts';
import type { ImagePullRequest__Output } from '../../proto/gen/longshore/v1/ImagePullRequest.ts';
import type { LogsRequest__Output } from '../../proto/gen/longshore/v1/LogsRequest.ts';
import type { PortForwardRequest__Output } from '../../proto/gen/longshore/v1/PortForwardRequest.ts';

/**
 * Each resolves once the request is accepted; bytes then flow at their readers' pace, and aborting the signal stops the
 * source. Each rejects with a LongshoreError: `not-found`, or `invalid` with the kubelet's wording.
 */
export interface StreamHost {
  logs(request: LogsRequest__Output, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  /** The agent's own. */
  agentLog(request: AgentLogRequest__Output, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  /** Lines of JSON, see streams.proto. Breaks off when the pull fails. */
  pullImage(request: ImagePullRequest__Output, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  exec(
    request: ExecRequest__Output,
    input: AsyncIterable<StreamInput>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<StreamOutput>>;
  attach(
    request: AttachRequest__Output,
    input: AsyncIterable<StreamInput>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<StreamOutput>>;
  portForward(
    request: PortForwardRequest__Output,
    input: AsyncIterable<StreamInput>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<StreamOutput>>;
}
