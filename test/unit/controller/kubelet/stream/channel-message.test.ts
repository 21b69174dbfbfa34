import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { errorCode } from '../../../../../common/errors.ts';
import {
  type ChannelForm,
  decodeChannelMessage,
  encodeChannelMessage,
} from '../../../../../controller/kubelet/stream/channel-message.ts';
import { FUZZ } from '../../../../kit/fuzz.ts';

const BINARY: ChannelForm = { coding: 'binary', closes: false };
const CLOSING: ChannelForm = { coding: 'binary', closes: true };
const BASE64: ChannelForm = { coding: 'base64', closes: false };

describe('a channel message', () => {
  for (const form of [BINARY, CLOSING, BASE64]) {
    it(`is read as it was written (${form.coding}${form.closes ? ', with closes' : ''})`, () => {
      fc.assert(
        fc.property(fc.nat(9), fc.uint8Array(), (channel, bytes) => {
          const data = Buffer.from(bytes);
          const message = Buffer.from(encodeChannelMessage(channel, data, form));
          assert.deepEqual(decodeChannelMessage(message, form), { kind: 'data', channel, data });
        }),
        FUZZ,
      );
    });

    it(`of any bytes is read or refused (${form.coding}${form.closes ? ', with closes' : ''})`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 16 }), (bytes) => {
          try {
            decodeChannelMessage(Buffer.from(bytes), form);
          } catch (error) {
            assert.equal(errorCode(error), 'invalid');
          }
        }),
        FUZZ,
      );
    });
  }

  const cases: [what: string, message: Buffer | string, form: ChannelForm, expected: unknown][] = [
    [
      'bytes',
      Buffer.from([0, 102, 111, 111]),
      BINARY,
      { kind: 'data', channel: 0, data: Buffer.from('foo') },
    ],
    ['base64', '0Zm9vCg==', BASE64, { kind: 'data', channel: 0, data: Buffer.from('foo\n') }],
    ['a close', Buffer.from([255, 0]), CLOSING, { kind: 'close', channel: 0 }],
    [
      '255 where nothing closes',
      Buffer.from([255, 0]),
      BINARY,
      { kind: 'data', channel: 255, data: Buffer.from([0]) },
    ],
    ['a channel and no data', Buffer.from([4]), BINARY, { kind: 'data', channel: 4, data: Buffer.alloc(0) }],
    ['nothing', '', BINARY, undefined],
    ['nothing in base64', '', BASE64, undefined],
  ];
  for (const [what, message, form, expected] of cases) {
    it(`may be ${what}`, () => assert.deepEqual(decodeChannelMessage(Buffer.from(message), form), expected));
  }

  for (const [what, message, form] of [
    ['closes nothing', Buffer.from([255]), CLOSING],
    ['closes two channels', Buffer.from([255, 0, 1]), CLOSING],
    ['names its channel by a letter', Buffer.from('aZm8='), BASE64],
    ['is not base64', Buffer.from('0Zm 8'), BASE64],
  ] as const) {
    it(`is refused when it ${what}`, () => {
      assert.throws(() => decodeChannelMessage(message, form), { code: 'invalid' });
    });
  }
});
