// Original file: longshore/v1/session.proto

import type { LogsRequest as _longshore_v1_LogsRequest, LogsRequest__Output as _longshore_v1_LogsRequest__Output } from '../../longshore/v1/LogsRequest.ts';
import type { ExecRequest as _longshore_v1_ExecRequest, ExecRequest__Output as _longshore_v1_ExecRequest__Output } from '../../longshore/v1/ExecRequest.ts';
import type { AttachRequest as _longshore_v1_AttachRequest, AttachRequest__Output as _longshore_v1_AttachRequest__Output } from '../../longshore/v1/AttachRequest.ts';
import type { PortForwardRequest as _longshore_v1_PortForwardRequest, PortForwardRequest__Output as _longshore_v1_PortForwardRequest__Output } from '../../longshore/v1/PortForwardRequest.ts';
import type { AgentLogRequest as _longshore_v1_AgentLogRequest, AgentLogRequest__Output as _longshore_v1_AgentLogRequest__Output } from '../../longshore/v1/AgentLogRequest.ts';
import type { ImagePullRequest as _longshore_v1_ImagePullRequest, ImagePullRequest__Output as _longshore_v1_ImagePullRequest__Output } from '../../longshore/v1/ImagePullRequest.ts';

/**
 * Open a Streams.Open call for this request. Unanswered for 30 s, it is given up.
 */
export interface OpenStream {
  'streamId'?: (string);
  'logs'?: (_longshore_v1_LogsRequest | null);
  'exec'?: (_longshore_v1_ExecRequest | null);
  'attach'?: (_longshore_v1_AttachRequest | null);
  'portForward'?: (_longshore_v1_PortForwardRequest | null);
  'agentLog'?: (_longshore_v1_AgentLogRequest | null);
  'pullImage'?: (_longshore_v1_ImagePullRequest | null);
  'request'?: "logs"|"exec"|"attach"|"portForward"|"agentLog"|"pullImage";
}

/**
 * Open a Streams.Open call for this request. Unanswered for 30 s, it is given up.
 */
export interface OpenStream__Output {
  'streamId': (string);
  'logs'?: (_longshore_v1_LogsRequest__Output | null);
  'exec'?: (_longshore_v1_ExecRequest__Output | null);
  'attach'?: (_longshore_v1_AttachRequest__Output | null);
  'portForward'?: (_longshore_v1_PortForwardRequest__Output | null);
  'agentLog'?: (_longshore_v1_AgentLogRequest__Output | null);
  'pullImage'?: (_longshore_v1_ImagePullRequest__Output | null);
  'request'?: "logs"|"exec"|"attach"|"portForward"|"agentLog"|"pullImage";
}
