// What the link tells of itself to whoever counts it, and whom it asks for all that the agent measures.
import type { MetricFamily } from '../../common/metrics/family.ts';

export interface LinkMeter {
  sessionBegan(): void;
  sessionFailed(code: string): void;
  /** An event was given up. */
  eventLost(): void;
  /** Undefined: this agent measures nothing. */
  measure?(link: {
    readonly waitingEvents: number;
    readonly waitingMessages: number;
  }): Promise<readonly MetricFamily[]>;
}

export const NO_METER: LinkMeter = { sessionBegan() {}, sessionFailed() {}, eventLost() {} };
