// Original file: longshore/v1/fleet.proto


export interface DiagnoseRequest {
}

export interface DiagnoseRequest__Output {
}
