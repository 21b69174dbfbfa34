// A TCP probe: that the connection can be made is enough.
import { connect } from 'node:net';
import type { SocketTarget } from '../pod/action-target.ts';
import { networkWords } from '../pod/network-words.ts';
import { failure, type ProbeOutcome, SUCCESS } from './probe-outcome.ts';

export function probeTcp({ host, port }: SocketTarget, signal: AbortSignal): Promise<ProbeOutcome> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.on('connect', () => {
      socket.destroy();
      resolve(SUCCESS);
    });
    socket.on('error', (error) => {
      socket.destroy();
      if (signal.aborted) reject(signal.reason);
      else resolve(failure(`dial tcp ${host}:${port}: ${networkWords(error)}`));
    });
  });
}
