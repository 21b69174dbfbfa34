// Original file: longshore/v1/streams.proto


/**
 * No more data comes from this side; the other may go on.
 */
export interface StreamEof {
}

/**
 * No more data comes from this side; the other may go on.
 */
export interface StreamEof__Output {
}
