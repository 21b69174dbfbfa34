// Original file: longshore/v1/fleet.proto

import type { PlacementObstacle as _longshore_v1_PlacementObstacle, PlacementObstacle__Output as _longshore_v1_PlacementObstacle__Output } from '../../longshore/v1/PlacementObstacle.ts';

export interface AgentVerdict {
  'agent'?: (string);
  /**
   * The best of those that fit.
   */
  'chosen'?: (boolean);
  /**
   * How it compares, when it fits: "fit 50 x1".
   */
  'merits'?: (string)[];
  /**
   * What keeps the pod off; none: it fits.
   */
  'obstacles'?: (_longshore_v1_PlacementObstacle)[];
}

export interface AgentVerdict__Output {
  'agent': (string);
  /**
   * The best of those that fit.
   */
  'chosen': (boolean);
  /**
   * How it compares, when it fits: "fit 50 x1".
   */
  'merits': (string)[];
  /**
   * What keeps the pod off; none: it fits.
   */
  'obstacles': (_longshore_v1_PlacementObstacle__Output)[];
}
