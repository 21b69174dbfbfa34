// One TLS connection to the controller and the services on it. The server's certificate is checked against our CA alone
// and for the controller's fixed name, wherever it was dialled. A renewed certificate takes effect with the next channel.
import { Channel, ChannelCredentials, connectivityState, makeClientConstructor } from '@grpc/grpc-js';
import { CONTROLLER_SERVER_NAME } from '../../common/names.ts';
import type { EnrollmentClient } from '../../proto/gen/longshore/v1/Enrollment.ts';
import type { SessionClient } from '../../proto/gen/longshore/v1/Session.ts';
import type { StreamsClient } from '../../proto/gen/longshore/v1/Streams.ts';
import { MAX_MESSAGE_BYTES, STREAM_WINDOW_BYTES, type Wire } from '../../proto/wire.ts';

export interface ControllerChannel extends Disposable {
  readonly enrollment: EnrollmentClient;
  readonly session: SessionClient;
  readonly streams: StreamsClient;
  /** The connection stands now: who is at its other end has proven to be our controller. */
  readonly isUp: boolean;
}

export interface ChannelTarget {
  /** HOST:PORT */
  readonly address: string;
  readonly caPem: string;
  /** Absent while joining. */
  readonly identity?: { readonly keyPem: string; readonly certificatePem: string };
}

const OPTIONS = {
  // Books of every call, which nobody reads.
  'grpc.enable_channelz': 0,
  'grpc.ssl_target_name_override': CONTROLLER_SERVER_NAME,
  'grpc.default_authority': CONTROLLER_SERVER_NAME,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc-node.flow_control_window': STREAM_WINDOW_BYTES,
  // A half-dead link is found within 20 s, by either side.
  'grpc.keepalive_time_ms': 15_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // The link dials anew itself, with its own backoff; nothing is shared with or kept for another channel.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_retries': 0,
  // Nor is more kept for one than small messages: by default a stream whose reader stalls holds 1 MiB here alone.
  'grpc.per_rpc_retry_buffer_size': 64 * 1024,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_http_proxy': 0,
} as const;

export function openChannel(wire: Wire, target: ChannelTarget): ControllerChannel {
  const { address, caPem, identity } = target;
  const credentials = ChannelCredentials.createSsl(
    Buffer.from(caPem),
    identity ? Buffer.from(identity.keyPem) : null,
    identity ? Buffer.from(identity.certificatePem) : null,
  );
  const channel = new Channel(`dns:///${address}`, credentials, OPTIONS);
  const client = <T>(service: Wire[keyof Wire]): T =>
    new (makeClientConstructor(service, ''))(address, credentials, {
      channelOverride: channel,
    }) as unknown as T;
  return {
    enrollment: client<EnrollmentClient>(wire.enrollment),
    session: client<SessionClient>(wire.session),
    streams: client<StreamsClient>(wire.streams),
    get isUp() {
      return channel.getConnectivityState(false) === connectivityState.READY;
    },
    [Symbol.dispose]: () => channel.close(),
  };
}
