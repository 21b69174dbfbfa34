// The call of a stream whose far end takes everything and never says that the call is over; only a cancel ends it.
import { Duplex } from 'node:stream';

export class SilentCall extends Duplex {
  readonly frames: object[] = [];
  cancelled = false;

  constructor() {
    super({ objectMode: true });
  }

  cancel(): void {
    this.cancelled = true;
    this.emit('status', { code: 1 });
  }

  override _read(): void {}

  override _write(frame: object, _encoding: BufferEncoding, done: () => void): void {
    this.frames.push(frame);
    done();
  }
}
