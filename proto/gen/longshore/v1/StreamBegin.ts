// Original file: longshore/v1/streams.proto


/**
 * Everything is ready at the client's end.
 */
export interface StreamBegin {
}

/**
 * Everything is ready at the client's end.
 */
export interface StreamBegin__Output {
}
