// Original file: longshore/v1/fleet.proto


export interface PullImageRequest {
  'image'?: (string);
  /**
   * As in longshore.dev/agent-selector: "zone=garage,arch in (arm64),!old". Empty: all agents.
   */
  'selector'?: (string);
  /**
   * Pin it where it was pulled.
   */
  'pin'?: (boolean);
  /**
   * As in ImagePullRequest.
   */
  'dockerConfigJson'?: (Buffer | Uint8Array | string);
  /**
   * On how many agents at a time, up to 100; 0: 10. One that takes longer than a minute is no longer counted.
   */
  'parallel'?: (number);
}

export interface PullImageRequest__Output {
  'image': (string);
  /**
   * As in longshore.dev/agent-selector: "zone=garage,arch in (arm64),!old". Empty: all agents.
   */
  'selector': (string);
  /**
   * Pin it where it was pulled.
   */
  'pin': (boolean);
  /**
   * As in ImagePullRequest.
   */
  'dockerConfigJson': (Buffer);
  /**
   * On how many agents at a time, up to 100; 0: 10. One that takes longer than a minute is no longer counted.
   */
  'parallel': (number);
}
