// How much a stream of objects holds for a reader that stalls. A gRPC call is one, and takes Node's default for it: 16
// messages at each end, up to 8 MiB in all for every stalled byte stream. Two do, beside the call's own window: nothing is slower.
import { setDefaultHighWaterMark } from 'node:stream';

const MESSAGES = 2;

/** For the whole process: to be called once, at its start. */
export function holdFewMessages(): void {
  setDefaultHighWaterMark(true, MESSAGES);
}
