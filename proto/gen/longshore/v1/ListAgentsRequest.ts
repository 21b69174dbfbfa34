// Original file: longshore/v1/fleet.proto


export interface ListAgentsRequest {
}

export interface ListAgentsRequest__Output {
}
