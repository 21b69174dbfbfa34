// Original file: longshore/v1/fleet.proto


export interface RemoveAgentResponse {
}

export interface RemoveAgentResponse__Output {
}
