// Original file: longshore/v1/session.proto


/**
 * The images that the machine shall keep although nothing uses them; those that are not there need not be pulled. Each time
 * all of them: at most 64. Sent in every session, whenever it is known, and when it changes.
 */
export interface KeepImages {
  'images'?: (string)[];
}

/**
 * The images that the machine shall keep although nothing uses them; those that are not there need not be pulled. Each time
 * all of them: at most 64. Sent in every session, whenever it is known, and when it changes.
 */
export interface KeepImages__Output {
  'images': (string)[];
}
