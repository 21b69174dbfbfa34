// Original file: longshore/v1/fleet.proto


export interface GetStatusRequest {
}

export interface GetStatusRequest__Output {
}
