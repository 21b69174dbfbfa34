// Original file: longshore/v1/session.proto


export interface SnapshotComplete {
}

export interface SnapshotComplete__Output {
}
