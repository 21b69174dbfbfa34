// What the gRPC port tells of its work to whoever counts it.

export interface RpcMeter {
  /** Returns what is called with the status of its end, and for a call with one answer how long it took. */
  called(path: string): (code: string, durationMs?: number) => void;
  /** Returns what is called with the reason of its end. */
  sessionBegan(): (code: string) => void;
  /** A message of an agent in its session. */
  heard(kind: string): void;
  /** From now on it counts as open. */
  streamAsked(kind: string): StreamMeter;
}

export interface StreamMeter {
  /** `in`: from the client to the agent. */
  carried(direction: 'in' | 'out', bytes: number): void;
  /** It did not come about; it ends then too. */
  refused(code: string): void;
  /** Once. */
  ended(): void;
}

const nothing = () => {};

export const NO_METER: RpcMeter = {
  called: () => nothing,
  sessionBegan: () => nothing,
  heard: nothing,
  streamAsked: () => ({ carried: nothing, refused: nothing, ended: nothing }),
};
