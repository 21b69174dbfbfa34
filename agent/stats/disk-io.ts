// Reads the text of the kernel's files about what a cgroup has read and written, by disk. Pure.

export interface DeviceIo {
  readonly major: number;
  readonly minor: number;
  /** As the machine calls it; undefined: not known. */
  readonly device?: string;
  readonly readBytes: number;
  readonly writeBytes: number;
  /** Undefined: only bytes are counted. */
  readonly reads?: number;
  readonly writes?: number;
}

const MAX_DEVICES = 64;

/** `io.stat` of version 2: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 …`. */
export function parseIoStat(text: string): DeviceIo[] {
  const rows = text.split('\n').map((line) => /^(\d+):(\d+) (.*)$/.exec(line));
  return rows
    .flatMap((row) => {
      const [, major, minor, pairs = ''] = row ?? [];
      if (major === undefined || minor === undefined) return [];
      const of = (name: string) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(pairs)?.[1] ?? 0);
      const [readBytes, writeBytes, reads, writes] = [of('rbytes'), of('wbytes'), of('rios'), of('wios')];
      return [{ major: Number(major), minor: Number(minor), readBytes, writeBytes, reads, writes }];
    })
    .slice(0, MAX_DEVICES);
}

/** `blkio.throttle.io_service_bytes` and `blkio.throttle.io_serviced` of version 1: `8:0 Read 1`. */
export function parseBlkio(texts: { readonly bytes: string; readonly operations: string }): DeviceIo[] {
  const [bytes, operations] = [parseOperations(texts.bytes), parseOperations(texts.operations)];
  return [...bytes.keys()].slice(0, MAX_DEVICES).map((device) => {
    const [major = 0, minor = 0] = device.split(':').map(Number);
    const [size, count] = [bytes.get(device), operations.get(device)];
    const [readBytes, writeBytes] = [size?.get('Read') ?? 0, size?.get('Write') ?? 0];
    return {
      major,
      minor,
      readBytes,
      writeBytes,
      reads: count?.get('Read') ?? 0,
      writes: count?.get('Write') ?? 0,
    };
  });
}

function parseOperations(text: string): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const devices = new Map<string, Map<string, number>>();
  for (const line of text.split('\n')) {
    const [, device, operation, count] = /^(\d+:\d+) (\w+) (\d+)$/.exec(line) ?? [];
    if (device === undefined || operation === undefined) continue;
    const known = devices.get(device) ?? new Map<string, number>();
    devices.set(device, known.set(operation, Number(count)));
  }
  return devices;
}
