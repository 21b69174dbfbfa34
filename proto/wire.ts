// The services of proto/ as gRPC service definitions: field names in camelCase, 64-bit integers as numbers, enums as
// their names, a `body`/`request` property that says which member of a oneof is set. Types are in proto/gen.
import type { ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs/light.js';
import descriptor from './gen/descriptor.json' with { type: 'json' };
import type { HealthDefinition } from './gen/grpc/health/v1/Health.ts';
import type { EnrollmentDefinition } from './gen/longshore/v1/Enrollment.ts';
import type { FleetDefinition } from './gen/longshore/v1/Fleet.ts';
import type { SessionDefinition } from './gen/longshore/v1/Session.ts';
import type { StreamsDefinition } from './gen/longshore/v1/Streams.ts';
import { serviceDefinition } from './service-definition.ts';

/** The version both ends name in Hello and Welcome; neighbours one apart understand each other. */
export const PROTOCOL_VERSION = 1;

/** The largest message either end accepts, in bytes. */
export const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

/** The largest data frame of a byte stream, in bytes. */
export const MAX_FRAME_BYTES = 256 * 1024;

/** How far ahead of its reader a byte stream may be written, in bytes; as much for one alone as for all of a connection. */
export const STREAM_WINDOW_BYTES = 512 * 1024;

export interface Wire {
  readonly enrollment: EnrollmentDefinition & ServiceDefinition;
  readonly session: SessionDefinition & ServiceDefinition;
  readonly streams: StreamsDefinition & ServiceDefinition;
  readonly fleet: FleetDefinition & ServiceDefinition;
  readonly health: HealthDefinition & ServiceDefinition;
}

/** Loads the definitions (about 10 ms); call it once, in the composition root. */
export function loadWire(): Wire {
  const root = protobuf.Root.fromJSON(descriptor as protobuf.INamespace);
  root.resolveAll();
  const service = <Definition>(name: string) =>
    serviceDefinition(root, name) as unknown as Definition & ServiceDefinition;
  return {
    enrollment: service<EnrollmentDefinition>('longshore.v1.Enrollment'),
    session: service<SessionDefinition>('longshore.v1.Session'),
    streams: service<StreamsDefinition>('longshore.v1.Streams'),
    fleet: service<FleetDefinition>('longshore.v1.Fleet'),
    health: service<HealthDefinition>('grpc.health.v1.Health'),
  };
}
