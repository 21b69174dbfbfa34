// Original file: longshore/v1/session.proto

import type { HeldImage as _longshore_v1_HeldImage, HeldImage__Output as _longshore_v1_HeldImage__Output } from '../../longshore/v1/HeldImage.ts';

/**
 * The images that the machine holds and that have a name, the largest first. Sent when they are known and whenever they
 * change; may be left out.
 */
export interface MachineImages {
  /**
   * At most 100.
   */
  'images'?: (_longshore_v1_HeldImage)[];
}

/**
 * The images that the machine holds and that have a name, the largest first. Sent when they are known and whenever they
 * change; may be left out.
 */
export interface MachineImages__Output {
  /**
   * At most 100.
   */
  'images': (_longshore_v1_HeldImage__Output)[];
}
