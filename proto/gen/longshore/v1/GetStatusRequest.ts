// Original file: /work/main/proto/longshore/v1/fleet.proto


export interface GetStatusRequest {
}

export interface GetStatusRequest__Output {
}
