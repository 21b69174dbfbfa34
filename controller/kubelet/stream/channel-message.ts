// Channels over WebSocket: a message is a channel number and data, as bytes, or as a digit and base64. Version 5 adds a
// message that ends one channel in one direction.
import { LongshoreError } from '../../../common/errors.ts';

export interface ChannelForm {
  readonly coding: 'binary' | 'base64';
  /** `255, channel` ends a channel. */
  readonly closes: boolean;
}

export type ChannelMessage =
  | { readonly kind: 'data'; readonly channel: number; readonly data: Buffer }
  | { readonly kind: 'close'; readonly channel: number };

const CLOSE = 255;
const ZERO = 0x30;

/** Undefined for an empty message, which says nothing. Throws `invalid`. */
export function decodeChannelMessage(message: Buffer, form: ChannelForm): ChannelMessage | undefined {
  const [first, second] = message;
  if (first === undefined) return undefined;
  if (form.closes && first === CLOSE) {
    if (second === undefined || message.length !== 2) throw malformed('a close that names no channel');
    return { kind: 'close', channel: second };
  }
  if (form.coding === 'binary') return { kind: 'data', channel: first, data: message.subarray(1) };
  if (first < ZERO || first > ZERO + 9) throw malformed('a channel that is no digit');
  const text = message.toString('latin1', 1);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw malformed('data that is not base64');
  return { kind: 'data', channel: first - ZERO, data: Buffer.from(text, 'base64') };
}

export function encodeChannelMessage(
  channel: number,
  data: Buffer,
  { coding }: ChannelForm,
): Buffer | string {
  if (coding === 'base64') return `${channel}${data.toString('base64')}`;
  const message = Buffer.allocUnsafe(1 + data.length);
  message.writeUInt8(channel, 0);
  data.copy(message, 1);
  return message;
}

function malformed(what: string): LongshoreError {
  return new LongshoreError('invalid', `the WebSocket client sent something malformed: ${what}`);
}
