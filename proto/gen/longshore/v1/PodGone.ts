// Original file: longshore/v1/session.proto


/**
 * All containers of the pod are gone for good and it will never start again. Repeated on every session until
 * acknowledged.
 */
export interface PodGone {
  'uid'?: (string);
  /**
   * Final V1PodStatus as JSON: phase is Succeeded or Failed. Empty when the pod was never known to run here.
   */
  'statusJson'?: (Buffer | Uint8Array | string);
}

/**
 * All containers of the pod are gone for good and it will never start again. Repeated on every session until
 * acknowledged.
 */
export interface PodGone__Output {
  'uid': (string);
  /**
   * Final V1PodStatus as JSON: phase is Succeeded or Failed. Empty when the pod was never known to run here.
   */
  'statusJson': (Buffer);
}
