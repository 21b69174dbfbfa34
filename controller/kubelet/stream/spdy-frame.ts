// SPDY/3.1 frames as data: bytes taken apart, however the transport cut them, and put together. Header blocks stay
// compressed here. Data is passed on as it comes and never held; a control frame is held until it is whole, up to a bound.
import { LongshoreError } from '../../../common/errors.ts';

export type Frame =
  | {
      readonly kind: 'syn-stream';
      readonly streamId: number;
      readonly headerBlock: Buffer;
      readonly fin: boolean;
      readonly unidirectional: boolean;
    }
  | { readonly kind: 'syn-reply'; readonly streamId: number; readonly headerBlock: Buffer }
  | {
      readonly kind: 'headers';
      readonly streamId: number;
      readonly headerBlock: Buffer;
      readonly fin: boolean;
    }
  | { readonly kind: 'rst-stream'; readonly streamId: number; readonly status: number }
  | { readonly kind: 'ping'; readonly id: number }
  | { readonly kind: 'go-away'; readonly lastStreamId: number; readonly status: number }
  | { readonly kind: 'window-update'; readonly streamId: number; readonly delta: number }
  | { readonly kind: 'settings'; readonly initialWindow?: number }
  /** A piece of a data frame; `fin` comes with the last piece. */
  | { readonly kind: 'data'; readonly streamId: number; readonly data: Buffer; readonly fin: boolean };

/** Why a stream is reset. */
export const RST = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  streamAlreadyClosed: 9,
} as const;

/** Why a session ends. */
export const GO_AWAY = { ok: 0, protocolError: 1 } as const;

const VERSION = 3;
const HEADER_BYTES = 8;
const FIN = 0x01;
const UNIDIRECTIONAL = 0x02;
const CONTROL = 0x8000_0000;
const MAX_LENGTH = 0xff_ffff;
const ID = 0x7fff_ffff;
const SETTING_BYTES = 8;
const INITIAL_WINDOW = 7;

const TYPE = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export interface FrameReader {
  /** The frames that this chunk completes, and what it holds of a data frame. Throws `invalid` for what is no frame. */
  read(chunk: Buffer): Generator<Frame>;
}

interface OpenData {
  readonly streamId: number;
  left: number;
  readonly fin: boolean;
}

export function createFrameReader(maxControlBytes: number): FrameReader {
  let held: Buffer = Buffer.alloc(0);
  let open: OpenData | undefined;

  /** The frame at the start of `bytes`; undefined while it is not all there. */
  function control(
    bytes: Buffer,
  ): { readonly frame: Frame | undefined; readonly length: number } | undefined {
    const length = bytes.readUIntBE(5, 3);
    if (length > maxControlBytes) throw malformed(`a control frame of ${length} bytes`);
    if (bytes.length < HEADER_BYTES + length) return undefined;
    const payload = bytes.subarray(HEADER_BYTES, HEADER_BYTES + length);
    return { frame: parseControl(bytes.readUInt32BE(0), bytes.readUInt8(4), payload), length };
  }

  return {
    *read(chunk) {
      let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = Buffer.alloc(0);
      for (;;) {
        if (open) {
          const data = rest.subarray(0, open.left);
          open.left -= data.length;
          rest = rest.subarray(data.length);
          const last = open.left === 0;
          const piece: Frame = { kind: 'data', streamId: open.streamId, data, fin: last && open.fin };
          if (last) open = undefined;
          if (data.length > 0 || piece.fin) yield piece;
          if (!last) return;
        }
        if (rest.length < HEADER_BYTES) break;
        const first = rest.readUInt32BE(0);
        if (first < CONTROL) {
          open = { streamId: first, left: rest.readUIntBE(5, 3), fin: (rest.readUInt8(4) & FIN) !== 0 };
          rest = rest.subarray(HEADER_BYTES);
          continue;
        }
        const found = control(rest);
        if (!found) break;
        rest = rest.subarray(HEADER_BYTES + found.length);
        if (found.frame) yield found.frame;
      }
      held = rest;
    },
  };
}

/** Undefined for a kind we do not know, which is to be ignored. */
function parseControl(first: number, flags: number, payload: Buffer): Frame | undefined {
  const version = (first >>> 16) & 0x7fff;
  if (version !== VERSION) throw malformed(`version ${version}`);
  const need = (bytes: number, exact = false) => {
    if (payload.length < bytes || (exact && payload.length !== bytes)) {
      throw malformed(`a frame of type ${first & 0xffff} with ${payload.length} bytes`);
    }
  };
  const id = (offset: number) => payload.readUInt32BE(offset) & ID;
  const fin = (flags & FIN) !== 0;
  switch (first & 0xffff) {
    case TYPE.synStream:
      need(10);
      return {
        kind: 'syn-stream',
        streamId: id(0),
        headerBlock: payload.subarray(10),
        fin,
        unidirectional: (flags & UNIDIRECTIONAL) !== 0,
      };
    case TYPE.synReply:
      need(4);
      return { kind: 'syn-reply', streamId: id(0), headerBlock: payload.subarray(4) };
    case TYPE.headers:
      need(4);
      return { kind: 'headers', streamId: id(0), headerBlock: payload.subarray(4), fin };
    case TYPE.rstStream:
      need(8, true);
      return { kind: 'rst-stream', streamId: id(0), status: payload.readUInt32BE(4) };
    case TYPE.ping:
      need(4, true);
      return { kind: 'ping', id: payload.readUInt32BE(0) };
    case TYPE.goAway:
      need(8, true);
      return { kind: 'go-away', lastStreamId: id(0), status: payload.readUInt32BE(4) };
    case TYPE.windowUpdate:
      need(8, true);
      return { kind: 'window-update', streamId: id(0), delta: id(4) };
    case TYPE.settings:
      need(4);
      return { kind: 'settings', ...initialWindowOf(payload) };
    default:
      return undefined;
  }
}

/** Of all settings the one that we look at. */
function initialWindowOf(payload: Buffer): { initialWindow?: number } {
  for (let offset = 4; offset + SETTING_BYTES <= payload.length; offset += SETTING_BYTES)
    if (payload.readUIntBE(offset + 1, 3) === INITIAL_WINDOW)
      return { initialWindow: payload.readUInt32BE(offset + 4) & ID };
  return {};
}

/** Throws `invalid` for more data than one frame can say the length of. */
export function encodeFrame(frame: Frame): Buffer {
  switch (frame.kind) {
    case 'data':
      return Buffer.concat([encodeDataHead(frame), frame.data]);
    case 'syn-stream': {
      const flags = (frame.fin ? FIN : 0) | (frame.unidirectional ? UNIDIRECTIONAL : 0);
      return encodeControl(TYPE.synStream, [u32(frame.streamId), Buffer.alloc(6), frame.headerBlock], flags);
    }
    case 'syn-reply':
      return encodeControl(TYPE.synReply, [u32(frame.streamId), frame.headerBlock]);
    case 'headers':
      return encodeControl(TYPE.headers, [u32(frame.streamId), frame.headerBlock], frame.fin ? FIN : 0);
    case 'rst-stream':
      return encodeControl(TYPE.rstStream, [u32(frame.streamId), u32(frame.status)]);
    case 'ping':
      return encodeControl(TYPE.ping, [u32(frame.id)]);
    case 'go-away':
      return encodeControl(TYPE.goAway, [u32(frame.lastStreamId), u32(frame.status)]);
    case 'window-update':
      return encodeControl(TYPE.windowUpdate, [u32(frame.streamId), u32(frame.delta)]);
    case 'settings':
      if (frame.initialWindow === undefined) return encodeControl(TYPE.settings, [u32(0)]);
      return encodeControl(TYPE.settings, [u32(1), u32(INITIAL_WINDOW), u32(frame.initialWindow)]);
    default:
      return frame satisfies never;
  }
}

/** What comes before the bytes of a data frame. Throws `invalid` for more than one frame can say the length of. */
export function encodeDataHead({ streamId, data, fin }: Extract<Frame, { kind: 'data' }>): Buffer {
  if (data.length > MAX_LENGTH) throw malformed(`${data.length} bytes in one data frame`);
  const head = Buffer.allocUnsafe(HEADER_BYTES);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt8(fin ? FIN : 0, 4);
  head.writeUIntBE(data.length, 5, 3);
  return head;
}

function encodeControl(type: number, parts: readonly Buffer[], flags = 0): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32BE(CONTROL + VERSION * 0x1_0000 + type, 0);
  head.writeUInt8(flags, 4);
  head.writeUIntBE(
    parts.reduce((sum, { length }) => sum + length, 0),
    5,
    3,
  );
  return Buffer.concat([head, ...parts]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function malformed(what: string): LongshoreError {
  return new LongshoreError('invalid', `the SPDY client sent something malformed: ${what}`);
}
