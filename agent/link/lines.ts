// The connection that a session is held over. Where the controller refuses a session for now, the next try is made over the
// same: a fleet that waits for its leader would shake hands at each. After some seconds it is dialled anew, for behind the same
// name may be another controller by then, which leads.
import type { Clock } from '../../common/clock.ts';
import type { Wire } from '../../proto/wire.ts';
import { type ControllerChannel, openChannel } from './controller-channel.ts';
import { type Membership, requireJoined } from './membership.ts';

export interface Line {
  readonly channel: ControllerChannel;
  readonly address: string;
  readonly certificatePem: string;
  /** No longer for tries that are refused, on the monotonic clock; undefined: as from now. */
  readonly untilMs: number | undefined;
}

export interface Lines extends Disposable {
  /** The one that was kept, if it stands and leads there with the certificate of now; else a new one. */
  take(address: string): Line;
  /** For the next try. */
  keep(line: Line): void;
}

const KEEP_MS = 10_000;

export function createLines({
  wire,
  membership,
  clock,
}: {
  readonly wire: Wire;
  readonly membership: Membership;
  readonly clock: Clock;
}): Lines {
  let kept: Line | undefined;
  const drop = () => {
    kept?.channel[Symbol.dispose]();
    kept = undefined;
  };

  return {
    take(address) {
      const { certificatePem, caPem } = requireJoined(membership);
      if (kept && isGood(kept, { address, certificatePem, nowMs: clock.monotonicMs() })) {
        const line = kept;
        kept = undefined;
        return line;
      }
      drop();
      const identity = { keyPem: membership.record.keyPem, certificatePem };
      const channel = openChannel(wire, { address, caPem, identity });
      return { channel, address, certificatePem, untilMs: clock.monotonicMs() + KEEP_MS };
    },
    keep(line) {
      drop();
      kept = { ...line, untilMs: line.untilMs ?? clock.monotonicMs() + KEEP_MS };
    },
    [Symbol.dispose]: drop,
  };
}

function isGood(
  line: Line,
  wanted: { readonly address: string; readonly certificatePem: string; readonly nowMs: number },
): boolean {
  const isSame = line.address === wanted.address && line.certificatePem === wanted.certificatePem;
  return isSame && line.channel.isUp && wanted.nowMs < (line.untilMs ?? 0);
}
