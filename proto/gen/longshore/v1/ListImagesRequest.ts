// Original file: longshore/v1/fleet.proto


export interface ListImagesRequest {
  /**
   * As in PullImageRequest.
   */
  'selector'?: (string);
}

export interface ListImagesRequest__Output {
  /**
   * As in PullImageRequest.
   */
  'selector': (string);
}
