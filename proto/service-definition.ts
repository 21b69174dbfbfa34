// gRPC service definitions out of a protobufjs descriptor. What @grpc/proto-loader makes, without what only reflection
// needs of it (every message's descriptor, again as bytes), which would cost an agent 2 MiB of memory.
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs/light.js';

const TO_OBJECT = { longs: Number, enums: String, defaults: true, oneofs: true } as const;

/** As `protobufjs` writes it: `Root.toJSON()`. */
export type Descriptor = protobuf.INamespace;

type Codec = Pick<MethodDefinition<object, object>, 'requestSerialize' | 'requestDeserialize'>;

/** Reads services by full name; throws for one that the descriptor does not have. */
export function serviceReader(descriptor: Descriptor): (name: string) => ServiceDefinition {
  const root = protobuf.Root.fromJSON(descriptor).resolveAll();
  return (name) => {
    const { methodsArray } = root.lookupService(name);
    return Object.fromEntries(methodsArray.map((method) => [method.name, definition(name, method)]));
  };
}

function definition(service: string, method: protobuf.Method): MethodDefinition<object, object> {
  method.resolve();
  const { name, requestStream = false, responseStream = false } = method;
  const request = codec(method.resolvedRequestType);
  const response = codec(method.resolvedResponseType);
  return {
    path: `/${service}/${name}`,
    requestStream,
    responseStream,
    ...request,
    responseSerialize: response.requestSerialize,
    responseDeserialize: response.requestDeserialize,
    originalName: name.charAt(0).toLowerCase() + name.slice(1),
  };
}

function codec(type: protobuf.Type | null): Codec {
  if (!type) throw new Error('a method names a message that the descriptor does not have');
  return {
    requestSerialize: (message) => Buffer.from(type.encode(type.fromObject(message)).finish()),
    requestDeserialize: (bytes) => type.toObject(type.decode(bytes), TO_OBJECT),
  };
}
