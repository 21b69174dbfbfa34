import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromJSON, type MethodDefinition } from '@grpc/proto-loader';
import descriptor from '../../../proto/gen/descriptor.json' with { type: 'json' };
import { loadWire } from '../../../proto/wire.ts';

/** The types in proto/gen are made for messages as this package makes them of bytes, with these options. */
const known = fromJSON(descriptor as Parameters<typeof fromJSON>[0], {
  ...{ longs: Number, enums: String, defaults: true, oneofs: true },
});

type Method = MethodDefinition<object, object>;

const SERVICES = {
  enrollment: 'longshore.v1.Enrollment',
  session: 'longshore.v1.Session',
  streams: 'longshore.v1.Streams',
  fleet: 'longshore.v1.Fleet',
  health: 'grpc.health.v1.Health',
} as const;

const MESSAGES: readonly { method: string; request?: object; response?: object }[] = [
  {
    method: '/longshore.v1.Session/Connect',
    request: {
      hello: {
        ...{ protocolVersion: 1, agentVersion: '0.1.0', bootId: 'b', lineage: 'l' },
        ...{ epochSeen: Date.now(), held: [{ key: 'secrets/a/b', revision: '1' }] },
      },
    },
    response: { upsert: { uid: 'u', podJson: Buffer.from('{"a":"ä"}') } },
  },
  { method: '/longshore.v1.Session/Connect', request: { heartbeat: { timeMs: 1 } }, response: {} },
  { method: '/longshore.v1.Session/Connect', request: { facts: { capacity: { cpu: '4' } } } },
  { method: '/longshore.v1.Fleet/GetStatus', response: { podsByPhase: { Running: 3 }, nodeReady: true } },
  { method: '/longshore.v1.Fleet/ListAgents', response: { agents: [{ name: 'a' }, { name: 'b' }] } },
  { method: '/grpc.health.v1.Health/Check', request: { service: 's' }, response: { status: 'SERVING' } },
];

describe('the wire', () => {
  const methods = new Map<string, { ours: Method; theirs: Method }>();
  for (const [name, definition] of Object.entries(loadWire()) as [keyof typeof SERVICES, object][]) {
    const theirs = known[SERVICES[name]] as unknown as Record<string, Method>;
    for (const [method, ours] of Object.entries(definition) as [string, Method][])
      methods.set(ours.path, { ours, theirs: theirs[method] as Method });
  }

  it('has every method of every service, at its path and in its shape', () => {
    assert.equal(
      methods.size,
      Object.values(SERVICES).flatMap((name) => Object.keys(known[name] ?? {})).length,
    );
    for (const { ours, theirs } of methods.values()) {
      const { path, requestStream, responseStream } = theirs;
      assert.deepEqual(
        [ours.path, ours.requestStream, ours.responseStream],
        [path, requestStream, responseStream],
      );
    }
  });

  for (const { method, request, response } of MESSAGES) {
    const what = Object.keys(request ?? response ?? {})[0];
    it(`makes of ${what} of ${method} the bytes, and of bytes the message, that its types promise`, () => {
      const { ours, theirs } = methods.get(method) ?? assert.fail(`no method ${method}`);
      if (request) {
        const bytes = theirs.requestSerialize(request);
        assert.ok(Buffer.isBuffer(ours.requestSerialize(request)));
        assert.deepEqual(ours.requestSerialize(request), bytes);
        assert.deepEqual(ours.requestDeserialize(bytes), theirs.requestDeserialize(bytes));
      }
      if (response) {
        const bytes = theirs.responseSerialize(response);
        assert.deepEqual(ours.responseSerialize(response), bytes);
        assert.deepEqual(ours.responseDeserialize(bytes), theirs.responseDeserialize(bytes));
      }
    });
  }
});
