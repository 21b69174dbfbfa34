// Whether this machine can take part in mDNS at all: without a multicast route the mDNS library dies of an uncaught error.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describeError, LongshoreError } from './errors.ts';

const MDNS_GROUP = '224.0.0.251';

/** Rejects with `unavailable` when no interface takes multicast. */
export async function probeMulticast(): Promise<void> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    socket.bind(0);
    await once(socket, 'listening');
    socket.addMembership(MDNS_GROUP);
  } catch (error) {
    throw new LongshoreError('unavailable', `this machine has no multicast route (${describeError(error)})`, {
      cause: error,
    });
  } finally {
    socket.close();
  }
}
