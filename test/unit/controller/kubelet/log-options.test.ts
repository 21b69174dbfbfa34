import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseLogOptions } from '../../../../controller/kubelet/log-options.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const parse = (query: string) => parseLogOptions(new URLSearchParams(query));
const plain = { follow: false, previous: false, timestamps: false, stream: 'LOG_STREAM_ALL' };

describe('parseLogOptions', () => {
  const accepted: [query: string, expected: object][] = [
    ['', {}],
    ['follow=true&previous=1&timestamps', { follow: true, previous: true, timestamps: true }],
    ['follow=false&previous=0&timestamps=FALSE', {}],
    ['follow=yes', { follow: true }],
    ['follow=false&follow=true', {}],
    ['tailLines=0', { tailLines: 0 }],
    ['tailLines=0&follow=true', { tailLines: 0, follow: true }],
    ['tailLines=10', { tailLines: 10 }],
    ['tailLines=%2B7', { tailLines: 7 }],
    ['tail=5', { tailLines: 5 }],
    ['tail=5&tailLines=9', { tailLines: 5 }],
    ['tail=all&tailLines=9', {}],
    ['tail=&tailLines=9', { tailLines: 9 }],
    ['tailLines=9223372036854775807', { tailLines: Number.MAX_SAFE_INTEGER }],
    ['limitBytes=1', { limitBytes: 1 }],
    ['sinceSeconds=60', { sinceSeconds: 60 }],
    ['sinceSeconds=9223372036854775807', { sinceSeconds: Number.MAX_SAFE_INTEGER }],
    ['sinceTime=2026-03-01T11:00:00Z', { sinceTimeMs: NOW - 3_600_000 }],
    ['sinceTime=2026-03-01T13:00:00.5%2B01:00', { sinceTimeMs: NOW + 500 }],
    ['sinceTime=0001-01-01T00:00:00Z', {}],
    ['sinceTime=', {}],
    ['sinceTime=null', {}],
    ['stream=All', {}],
    ['stream=All&tailLines=2', { tailLines: 2 }],
    ['stream=Stdout&limitBytes=5', { stream: 'LOG_STREAM_STDOUT', limitBytes: 5 }],
    ['stream=Stderr&follow=true', { stream: 'LOG_STREAM_STDERR', follow: true }],
    ['insecureSkipTLSVerifyBackend=true&container=web', {}],
  ];
  for (const [query, expected] of accepted) {
    it(`reads '${query}'`, () =>
      assert.deepEqual(parse(query), { ok: true, options: { ...plain, ...expected } }));
  }

  const refused: [query: string, status: number, message: string][] = [
    ['tailLines=', 400, 'Unable to decode query: tailLines is no whole number.'],
    ['tailLines=ten', 400, 'Unable to decode query: tailLines is no whole number.'],
    ['tailLines=1.5', 400, 'Unable to decode query: tailLines is no whole number.'],
    ['tailLines=9223372036854775808', 400, 'Unable to decode query: tailLines is no whole number.'],
    ['tail=some', 400, 'Unable to decode query: tailLines is no whole number.'],
    ['limitBytes=0x10', 400, 'Unable to decode query: limitBytes is no whole number.'],
    ['sinceSeconds=1h', 400, 'Unable to decode query: sinceSeconds is no whole number.'],
    ['sinceTime=yesterday', 400, 'Unable to decode query: sinceTime is no RFC 3339 time.'],
    ['sinceTime=2026-02-30T00:00:00Z', 400, 'Unable to decode query: sinceTime is no RFC 3339 time.'],
    ['sinceTime=2026-03-01', 400, 'Unable to decode query: sinceTime is no RFC 3339 time.'],
    ['tailLines=-1', 422, 'Invalid request: tailLines must be 0 or more.'],
    ['limitBytes=0', 422, 'Invalid request: limitBytes must be 1 or more.'],
    ['limitBytes=-9223372036854775808', 422, 'Invalid request: limitBytes must be 1 or more.'],
    ['sinceSeconds=0', 422, 'Invalid request: sinceSeconds must be 1 or more.'],
    [
      'sinceSeconds=5&sinceTime=2026-03-01T11:00:00Z',
      422,
      'Invalid request: at most one of sinceTime and sinceSeconds may be given.',
    ],
    ['stream=stderr', 422, 'Invalid request: stream must be All, Stdout or Stderr.'],
    ['stream=', 422, 'Invalid request: stream must be All, Stdout or Stderr.'],
    [
      'stream=Stderr&tailLines=0',
      422,
      'Invalid request: tailLines and one stream are mutually exclusive for now.',
    ],
  ];
  for (const [query, status, message] of refused) {
    it(`answers ${status} to '${query}'`, () => {
      assert.deepEqual(parse(query), { ok: false, status, message: JSON.stringify({ message }) });
    });
  }

  it('never lets a number out of its bounds through, whatever is sent', () => {
    const text = fc.oneof(fc.string(), fc.bigInt().map(String), fc.double().map(String));
    fc.assert(
      fc.property(text, text, text, (tailLines, limitBytes, sinceSeconds) => {
        const parsed = parseLogOptions(new URLSearchParams({ tailLines, limitBytes, sinceSeconds }));
        if (!parsed.ok) return;
        const { options } = parsed;
        assert.ok(Number.isSafeInteger(options.tailLines) && (options.tailLines ?? -1) >= 0);
        assert.ok(Number.isSafeInteger(options.limitBytes) && (options.limitBytes ?? 0) >= 1);
        assert.ok(Number.isSafeInteger(options.sinceSeconds) && (options.sinceSeconds ?? 0) >= 1);
      }),
    );
  });
});
