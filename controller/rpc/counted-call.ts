// Counts a call that lives on: its beginning, and the status of its end.
import { status } from '@grpc/grpc-js';
import { statusName } from './grpc-error.ts';
import type { RpcMeter } from './rpc-meter.ts';

export interface LongCall {
  readonly cancelled: boolean;
  getPath(): string;
  /** `error` carries the status that the peer is told. */
  on(event: 'error', listener: (status: { readonly code?: status }) => void): unknown;
}

export async function countedCall(
  call: LongCall,
  task: () => Promise<void>,
  meter: Pick<RpcMeter, 'called'>,
): Promise<void> {
  const ended = meter.called(call.getPath());
  let told: status | undefined;
  call.on('error', ({ code }) => {
    told ??= code;
  });
  await task();
  ended(statusName(told ?? (call.cancelled ? status.CANCELLED : status.OK)));
}
