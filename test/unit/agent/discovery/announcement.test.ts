import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatHeard, parseAnnouncement } from '../../../../agent/discovery/announcement.ts';

describe('an announcement', () => {
  it('gives the first usable address, and the CA it names', () => {
    const line = formatHeard({
      addresses: ['0.0.0.0', '192.0.2.1'],
      port: 7443,
      txt: ['v=1', `ca=${'a'.repeat(16)}`],
    });
    assert.deepEqual(parseAnnouncement(line), { address: '192.0.2.1:7443', caHashPrefix: 'a'.repeat(16) });
  });

  it('brackets an IPv6 address', () => {
    const line = formatHeard({ addresses: ['2001:db8::1'], port: 1, txt: [] });
    assert.deepEqual(parseAnnouncement(line), { address: '[2001:db8::1]:1', caHashPrefix: '' });
  });

  for (const [what, line] of Object.entries({
    'no JSON': '{',
    'no address': '{"addresses":[],"port":1,"txt":[]}',
    'a name for an address': '{"addresses":["evil.example"],"port":1,"txt":[]}',
    'no port': '{"addresses":["192.0.2.1"],"txt":[]}',
    'a port that is none': '{"addresses":["192.0.2.1"],"port":70000,"txt":[]}',
    'too long a line': `{"addresses":["192.0.2.1"],"port":1,"txt":["${'x'.repeat(5000)}"]}`,
  })) {
    it(`counts for nothing with ${what}`, () => {
      assert.equal(parseAnnouncement(line), undefined);
    });
  }

  it('cannot make the parser fail', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void parseAnnouncement(line)));
  });
});
