// Original file: longshore/v1/fleet.proto

import type { FleetImage as _longshore_v1_FleetImage, FleetImage__Output as _longshore_v1_FleetImage__Output } from '../../longshore/v1/FleetImage.ts';

export interface ListImagesResponse {
  'images'?: (_longshore_v1_FleetImage)[];
}

export interface ListImagesResponse__Output {
  'images': (_longshore_v1_FleetImage__Output)[];
}
