// A service as gRPC wants it: for each method its path and how its messages become bytes and back. The package made for this
// describes every type as well, for reflection, which takes longer than all the rest and is kept for good.
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import type { IConversionOptions, Method, Root, Type } from 'protobufjs/light.js';

/** 64-bit integers as numbers, enums as their names, a property that says which member of a oneof is set. */
const AS_OUR_TYPES: IConversionOptions = { longs: Number, enums: String, defaults: true, oneofs: true };

/** `root` is resolved. */
export function serviceDefinition(root: Root, name: string): ServiceDefinition {
  const methods = root.lookupService(name).methodsArray;
  return Object.fromEntries(methods.map((method) => [method.name, methodDefinition(method, name)]));
}

function methodDefinition(method: Method, service: string): MethodDefinition<object, object> {
  const { resolvedRequestType: request, resolvedResponseType: response, name } = method;
  if (!request || !response) throw new Error(`${service}.${name} is not resolved`);
  return {
    path: `/${service}/${name}`,
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    requestSerialize: serializer(request),
    requestDeserialize: deserializer(request),
    responseSerialize: serializer(response),
    responseDeserialize: deserializer(response),
  };
}

function serializer(type: Type) {
  return (message: object): Buffer => {
    const bytes = type.encode(type.fromObject(message)).finish();
    return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
  };
}

function deserializer(type: Type) {
  return (bytes: Buffer): object => type.toObject(type.decode(bytes), AS_OUR_TYPES);
}
