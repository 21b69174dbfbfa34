// Original file: longshore/v1/fleet.proto


export interface PinImageRequest {
  'image'?: (string);
  /**
   * As in PullImageRequest.
   */
  'selector'?: (string);
  /**
   * Take the pin away.
   */
  'unpin'?: (boolean);
}

export interface PinImageRequest__Output {
  'image': (string);
  /**
   * As in PullImageRequest.
   */
  'selector': (string);
  /**
   * Take the pin away.
   */
  'unpin': (boolean);
}
