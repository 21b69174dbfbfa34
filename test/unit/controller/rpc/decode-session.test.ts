import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LongshoreError } from '../../../../common/errors.ts';
import { decodeAgentMessage } from '../../../../controller/rpc/decode-session.ts';
import type { AgentMessage } from '../../../../proto/gen/longshore/v1/AgentMessage.ts';
import { loadWire } from '../../../../proto/wire.ts';
import { FUZZ } from '../../../kit/fuzz.ts';

const { Connect } = loadWire().session;

/** Over the wire and back, as an agent of any make would have sent it. */
function decode(message: AgentMessage) {
  return decodeAgentMessage(Connect.requestDeserialize(Connect.requestSerialize(message)));
}

const EVENT = {
  sequence: 7,
  podUid: 'u',
  podNamespace: 'default',
  podName: 'web-0.a',
  type: 'Normal',
  reason: 'Pulled',
  message: 'line\u001b[0m\n',
  fieldPath: 'spec.containers{web}',
  timeMs: 1,
};
const FACTS = { hostname: 'pi', os: 'linux', arch: 'arm64', addresses: ['192.0.2.1', '2001:db8::1'] };

const REFUSED: Record<string, [message: AgentMessage, complaint: RegExp]> = {
  'an event of an invented type': [
    { event: { ...EVENT, type: 'Loud' } },
    /event\.type must be Normal or Warning/,
  ],
  'an event about no namespace': [
    { event: { ...EVENT, podNamespace: '' } },
    /event\.pod_namespace must not be empty/,
  ],
  'an event about a path': [{ event: { ...EVENT, podName: '../x' } }, /event\.pod_name is malformed/],
  'an event from after the year 9999': [
    { event: { ...EVENT, timeMs: 1e15 } },
    /event\.time_ms must be a whole number/,
  ],
  'images without end': [
    { images: { images: Array.from({ length: 101 }, () => ({ names: ['a'] })) } },
    /images\.images has more than 100 entries/,
  ],
  'an image of many names': [
    { images: { images: [{ names: ['a', 'b', 'c', 'd', 'e', 'f'] }] } },
    /images\.images\[0\]\.names has more than 5/,
  ],
  'a load of more than all': [
    { heartbeat: { owner: { loadPercent: 101 } } },
    /heartbeat\.owner\.load_percent must be a whole number from 0 to 100/,
  ],
  'a machine that has melted': [
    { heartbeat: { owner: { temperatureCelsius: 201 } } },
    /heartbeat\.owner\.temperature_celsius must be from -100 to 200/,
  ],
  'a battery that overflows': [
    { heartbeat: { owner: { battery: { discharging: true, percent: 4_000_000_000 } } } },
    /heartbeat\.owner\.battery\.percent must be/,
  ],
  'a report about nothing': [{ report: {} }, /report\.uid must not be empty/],
  'a pod with a path for a uid': [{ gone: { uid: '../../etc' } }, /gone\.uid is malformed/],
  'an end that is no end': [
    { gone: { uid: 'u', statusJson: Buffer.from('{"phase":"Running"}') } },
    /status of pod u\.phase must be Succeeded or Failed/,
  ],
  'a hello without a boot id': [
    { hello: { protocolVersion: 1, lineage: 'l' } },
    /hello\.boot_id must not be empty/,
  ],
  'a hostname with escape sequences': [
    { facts: { ...FACTS, hostname: 'a\u001b[31m' } },
    /facts\.hostname has control characters/,
  ],
  'an address that is a name': [
    { facts: { ...FACTS, addresses: ['pi.local'] } },
    /facts\.addresses\[0\] is no IP/,
  ],
  'negative memory': [
    { facts: { ...FACTS, capacity: { memory: '-1' } } },
    /facts\.capacity 'memory' is no quantity/,
  ],
  'a resource with a space': [
    { facts: { ...FACTS, capacity: { 'a b': '1' } } },
    /a name in facts\.capacity is malformed/,
  ],
  'too many resources': [
    {
      facts: {
        ...FACTS,
        capacity: Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`r${n}`, '1'])),
      },
    },
    /facts\.capacity has more than 128 entries/,
  ],
  'a condition neither true nor false': [
    { facts: { ...FACTS, conditions: [{ type: 'Disk', status: 'Maybe' }] } },
    /facts\.conditions\[0\]\.status must be True/,
  ],
};

describe('what an agent says', () => {
  it('is taken with every field', () => {
    const facts = decode({ facts: { ...FACTS, capacity: { cpu: '4', 'example.com/gpu': '1' } } });
    assert.ok(facts.kind === 'facts');
    assert.deepEqual(facts.facts.capacity, { cpu: '4', 'example.com/gpu': '1' });
    assert.deepEqual(decode({ event: EVENT }), { kind: 'event', event: EVENT });
    assert.deepEqual(decode({ heartbeat: { timeMs: 1 } }), { kind: 'heartbeat', timeMs: 1 });
    const usage = { cpuMilli: 250, memoryBytes: 2 ** 30 };
    assert.deepEqual(decode({ heartbeat: { timeMs: 1, usage } }), {
      kind: 'heartbeat',
      timeMs: 1,
      used: usage,
    });
    assert.deepEqual(decode({ heartbeat: {} }), { kind: 'heartbeat', timeMs: 0 });
    assert.deepEqual(decode({ gone: { uid: 'u' } }), { kind: 'gone', uid: 'u', status: undefined });
  });

  it('is ignored when it is of a newer protocol', () => {
    // Field 100, a message of zero bytes.
    const fromTheFuture = Connect.requestDeserialize(Buffer.from([0xa2, 0x06, 0x00]));
    assert.deepEqual(decodeAgentMessage(fromTheFuture), { kind: 'unknown' });
  });

  for (const [what, [message, complaint]] of Object.entries(REFUSED)) {
    it(`is refused by field: ${what}`, () => {
      assert.throws(
        () => decode(message),
        (error: unknown) =>
          error instanceof LongshoreError && error.code === 'invalid' && complaint.test(error.message),
      );
    });
  }

  it('never fails otherwise than by saying which field is wrong, whatever is in the fields', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    const message = fc.oneof(
      fc.record({
        event: fc.record({ ...mapValues(EVENT, () => text), sequence: fc.nat(), timeMs: fc.integer() }),
      }),
      fc.record({
        facts: fc.record({
          hostname: text,
          addresses: fc.array(text),
          capacity: fc.dictionary(text, text),
          conditions: fc.array(fc.record({ type: text, status: text })),
        }),
      }),
      fc.record({
        report: fc.record({ uid: text, statusJson: fc.uint8Array().map((bytes) => Buffer.from(bytes)) }),
      }),
    );
    fc.assert(
      fc.property(message, (sent) => {
        try {
          decode(sent as AgentMessage);
        } catch (error) {
          assert.ok(error instanceof LongshoreError && error.code === 'invalid', String(error));
          assert.ok(!error.message.includes('\n'));
        }
      }),
      FUZZ,
    );
  });
});

function mapValues<T>(object: object, value: () => T): Record<string, T> {
  return Object.fromEntries(Object.keys(object).map((key) => [key, value()]));
}
