import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, it } from 'node:test';
import { negotiate } from '../../../../../controller/kubelet/stream/negotiation.ts';

const KNOWN = { spdy: ['v4', 'v3'], websocket: ['v5', 'v4'] };

describe('negotiate', () => {
  const agreed: [what: string, headers: IncomingHttpHeaders, expected: unknown][] = [
    [
      "the first of the client's that is known",
      { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v5, v4, v3' },
      { kind: 'spdy', protocol: 'v4' },
    ],
    [
      'one that came in a header of its own',
      { upgrade: 'spdy/3.1', 'x-stream-protocol-version': ['v3', 'v4'] },
      { kind: 'spdy', protocol: 'v3' },
    ],
    ['none where the client names none', { upgrade: 'SPDY/3.1' }, { kind: 'spdy', protocol: undefined }],
    [
      'a subprotocol of WebSocket',
      { upgrade: 'WebSocket', 'sec-websocket-protocol': 'v9,v5' },
      { kind: 'websocket', protocol: 'v5' },
    ],
    ['a WebSocket without one', { upgrade: 'websocket' }, { kind: 'websocket', protocol: undefined }],
  ];
  for (const [what, headers, expected] of agreed) {
    it(`agrees on ${what}`, () => assert.deepEqual(negotiate(headers, KNOWN), expected));
  }

  it('refuses when nothing is known to both, and says what would be', () => {
    assert.deepEqual(negotiate({ upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v9,v8' }, KNOWN), {
      kind: 'refused',
      reply: {
        status: 403,
        text: 'unable to upgrade: unable to negotiate protocol: client supports [v9 v8], server accepts [v4 v3]',
        headers: { 'X-Accepted-Stream-Protocol-Versions': 'v4, v3' },
      },
    });
  });

  it('refuses to become anything else', () => {
    const agreement = negotiate({ upgrade: 'h2c' }, KNOWN);
    assert.equal(agreement.kind === 'refused' && agreement.reply.status, 400);
  });
});
