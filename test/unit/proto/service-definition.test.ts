import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromJSON } from '@grpc/proto-loader';
import descriptor from '../../../proto/gen/descriptor.json' with { type: 'json' };
import { type Descriptor, serviceReader } from '../../../proto/service-definition.ts';

const SERVICES = ['Enrollment', 'Session', 'Streams', 'Fleet'].map((name) => `longshore.v1.${name}`);

describe('service definitions', () => {
  const read = serviceReader(descriptor as Descriptor);
  const options = { longs: Number, enums: String, defaults: true, oneofs: true };
  const reference = fromJSON(descriptor as Descriptor, options);

  for (const name of [...SERVICES, 'grpc.health.v1.Health']) {
    it(`of ${name} have the methods, paths and stream directions that proto-loader gives them`, () => {
      const shape = (service: object) =>
        Object.entries(service).map(([method, { path, requestStream, responseStream, originalName }]) => ({
          ...{ method, path, requestStream, responseStream, originalName },
        }));
      assert.deepEqual(shape(read(name)), shape(reference[name] as object));
    });
  }

  const messages: [what: string, message: object][] = [
    ['nothing', {}],
    ['a member of a oneof', { hello: { protocolVersion: 1, bootId: 'b', epochSeen: 1_795_480_973_997 } }],
    ['bytes', { report: { uid: 'u', statusJson: Buffer.from('{"phase":"Running"}') } }],
    ['a message of no fields', { heartbeat: {} }],
  ];
  for (const [what, message] of messages) {
    it(`write and read a message with ${what} as proto-loader does`, () => {
      const ours = read('longshore.v1.Session')['Connect'];
      const theirs = (reference['longshore.v1.Session'] as ReturnType<typeof read>)['Connect'];
      assert.ok(ours && theirs);
      const bytes = ours.requestSerialize(message);
      assert.deepEqual(bytes, Buffer.from(theirs.requestSerialize(message)));
      assert.deepEqual(ours.requestDeserialize(bytes), theirs.requestDeserialize(bytes));
    });
  }

  it('refuse bytes that are no message', () => {
    const method = read('longshore.v1.Session')['Connect'];
    assert.throws(() => method?.requestDeserialize(Buffer.from([0x0a, 0xff])), RangeError);
  });

  it('are not to be had of a service that is not there', () => {
    assert.throws(() => read('longshore.v1.Nonesuch'), /no such Service/);
  });
});
