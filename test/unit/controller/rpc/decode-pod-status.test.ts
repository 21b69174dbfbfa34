import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LongshoreError } from '../../../../common/errors.ts';
import { decodeFinalStatus, decodePodStatus } from '../../../../controller/rpc/decode-pod-status.ts';
import { FUZZ } from '../../../kit/fuzz.ts';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const CONTAINER = { name: 'web', ready: true, restartCount: 2, image: 'nginx:1', imageID: 'sha256:1' };

const ACCEPTED: Record<string, unknown> = {
  empty: {},
  'a running pod': {
    phase: 'Running',
    hostIP: '192.0.2.1',
    podIP: '10.0.0.1',
    podIPs: [{ ip: '10.0.0.1' }, { ip: '2001:db8::1' }],
    startTime: '2026-01-01T00:00:00Z',
    conditions: [
      { type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-01-01T00:00:00.5Z' },
    ],
    containerStatuses: [
      { ...CONTAINER, state: { running: { startedAt: '2026-01-01T00:00:01+01:00' } }, started: true },
    ],
  },
  'a crashed container whose program wrote escape sequences': {
    phase: 'Running',
    containerStatuses: [
      {
        ...CONTAINER,
        ready: false,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
        lastState: {
          terminated: { exitCode: 137, signal: 9, reason: 'Error', message: '\u001b[31mno\u0000\n' },
        },
      },
    ],
  },
};

const REFUSED: Record<string, [status: unknown, message: RegExp]> = {
  'a list': [[], /s must be an object/],
  'an invented phase': [{ phase: 'Sleeping' }, /s\.phase must be one of Pending/],
  'a time without a zone': [{ startTime: '2026-01-01T00:00:00' }, /s\.startTime is malformed/],
  'a day that is none': [{ startTime: '2026-13-41T00:00:00Z' }, /s\.startTime is no time/],
  'an address that is none': [{ podIP: '300.1.1.1' }, /s\.podIP is no IP address/],
  'a container without an image': [
    { containerStatuses: [{ ...CONTAINER, image: undefined }] },
    /s\.containerStatuses\[0\]\.image is missing/,
  ],
  'a negative restart count': [
    { containerStatuses: [{ ...CONTAINER, restartCount: -1 }] },
    /restartCount must be a whole number from 0/,
  ],
  'a condition neither true nor false': [
    { conditions: [{ type: 'Ready', status: 'Perhaps' }] },
    /s\.conditions\[0\]\.status must be one of True, False, Unknown/,
  ],
  'too many conditions': [
    { conditions: Array.from({ length: 65 }, () => ({ type: 'X', status: 'True' })) },
    /s\.conditions has more than 64 entries/,
  ],
  'a reason longer than any': [{ reason: 'x'.repeat(2000) }, /s\.reason is longer than 1024 bytes/],
  'something nested without end': [
    { containerStatuses: [{ ...CONTAINER, resources: JSON.parse('['.repeat(50) + ']'.repeat(50)) }] },
    /resources is nested too deeply/,
  ],
};

describe('a pod status from an agent', () => {
  for (const [what, status] of Object.entries(ACCEPTED)) {
    it(`is taken as it is: ${what}`, () => {
      assert.deepEqual(decodePodStatus(json(status), 's'), status);
    });
  }

  for (const [what, [status, message]] of Object.entries(REFUSED)) {
    it(`is refused by field: ${what}`, () => {
      assert.throws(
        () => decodePodStatus(json(status), 's'),
        (error: unknown) =>
          error instanceof LongshoreError && error.code === 'invalid' && message.test(error.message),
      );
    });
  }

  it('loses fields that are not known', () => {
    const status = { phase: 'Running', nominatedNodeName: 'x', constructor: 'y' };
    assert.deepEqual(decodePodStatus(json(status), 's'), { phase: 'Running' });
  });

  it('is refused beyond its size before it is parsed', () => {
    assert.throws(
      () => decodePodStatus(Buffer.alloc(256 * 1024 + 1, '['), 's'),
      /s is larger than 262144 bytes/,
    );
  });

  it('is refused when it is nested as deeply as its size allows', () => {
    const deep = `{"containerStatuses":${'['.repeat(120_000)}${']'.repeat(120_000)}}`;
    assert.throws(() => decodePodStatus(Buffer.from(deep), 's'), LongshoreError);
  });

  it('may be missing at the end of a pod, but not be of one that goes on', () => {
    assert.equal(decodeFinalStatus(Buffer.alloc(0), 's'), undefined);
    assert.equal(decodeFinalStatus(json({ phase: 'Failed' }), 's')?.phase, 'Failed');
    for (const status of [{}, { phase: 'Running' }]) {
      assert.throws(() => decodeFinalStatus(json(status), 's'), /s\.phase must be Succeeded or Failed/);
    }
  });

  it('never fails otherwise than by saying which field is wrong, whatever the bytes', () => {
    const status = fc.record(
      {
        phase: fc.anything(),
        conditions: fc.anything(),
        containerStatuses: fc.array(fc.anything()),
        startTime: fc.string(),
      },
      { requiredKeys: [] },
    );
    const bytes = fc.oneof(
      fc.uint8Array().map((array) => Buffer.from(array)),
      fc.json().map((text) => Buffer.from(text)),
      status.map((value) => Buffer.from(safeJson(value))),
    );
    fc.assert(
      fc.property(bytes, (buffer) => {
        try {
          decodePodStatus(buffer, 's');
        } catch (error) {
          assert.ok(error instanceof LongshoreError && error.code === 'invalid', String(error));
        }
      }),
      FUZZ,
    );
  });
});

function safeJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, entry) => (typeof entry === 'bigint' ? String(entry) : entry)) ?? 'null'
  );
}
