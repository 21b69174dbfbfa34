// Original file: longshore/v1/session.proto


export interface ObjectAbsent {
}

export interface ObjectAbsent__Output {
}
