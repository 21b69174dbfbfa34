// A client that writes only while its holder leads: from the renewal deadline on another controller may act, and two
// writers would undo each other's work. Reads go through.
import { LongshoreError } from '../../common/errors.ts';
import type { KubeClient } from './client.ts';
import type { Leadership } from './leader.ts';

export function fencedClient(client: KubeClient, leadership: Pick<Leadership, 'isHeld'>): KubeClient {
  return {
    server: client.server,
    namespace: client.namespace,
    async request(request) {
      if (request.method !== 'GET' && !leadership.isHeld()) {
        throw new LongshoreError('unavailable', 'not written: this controller leads no longer');
      }
      return await client.request(request);
    },
    stream: (request) => client.stream(request),
    async [Symbol.asyncDispose]() {},
  };
}
