// The standard health service: the process as a whole ('') serves as long as it answers, the agents' services only
// while this controller leads, so a load balancer can tell the leader from a standby.
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { HealthCheckRequest__Output } from '../../proto/gen/grpc/health/v1/HealthCheckRequest.ts';
import type { HealthCheckResponse } from '../../proto/gen/grpc/health/v1/HealthCheckResponse.ts';

export type HealthWatch = ServerWritableStream<HealthCheckRequest__Output, HealthCheckResponse>;

export interface Health {
  /** Undefined: there is no such service. */
  check(service: string): HealthCheckResponse | undefined;
  watch(call: HealthWatch): void;
  setLeading(leading: boolean): void;
}

const LEADER_SERVICES = [
  'longshore.v1.Enrollment',
  'longshore.v1.Session',
  'longshore.v1.Streams',
  'longshore.v1.Fleet',
];
const MAX_WATCHERS = 1000;

export function createHealth(): Health {
  const watchers = new Set<HealthWatch>();
  let leading = false;

  function check(service: string): HealthCheckResponse | undefined {
    if (service === '') return { status: 'SERVING' };
    if (!LEADER_SERVICES.includes(service)) return undefined;
    return { status: leading ? 'SERVING' : 'NOT_SERVING' };
  }

  return {
    check,
    watch(call) {
      if (watchers.size >= MAX_WATCHERS) {
        call.end();
        return;
      }
      watchers.add(call);
      call.on('cancelled', () => {
        watchers.delete(call);
        call.end();
      });
      call.write(check(call.request.service) ?? { status: 'SERVICE_UNKNOWN' });
    },
    setLeading(now) {
      if (now === leading) return;
      leading = now;
      for (const call of watchers) call.write(check(call.request.service) ?? { status: 'SERVICE_UNKNOWN' });
    },
  };
}
