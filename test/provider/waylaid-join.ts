// Who hears what is asked to join, and never answers.
import type { JoinRequest__Output } from '../../proto/gen/longshore/v1/JoinRequest.ts';
import { loadWire } from '../../proto/wire.ts';
import { type OtherServerOptions, startOtherServer } from './other-server.ts';

export interface WaylaidJoin extends Disposable {
  readonly address: string;
  readonly heard: readonly JoinRequest__Output[];
}

export async function waylayJoin(authority: OtherServerOptions['authority']): Promise<WaylaidJoin> {
  const heard: JoinRequest__Output[] = [];
  const server = await startOtherServer({
    ...{ listen: '127.0.0.1:0', authority, service: loadWire().enrollment },
    answers: { Join: ({ request }: { request: JoinRequest__Output }) => void heard.push(request) },
  });
  return { address: server.address, heard, [Symbol.dispose]: () => server[Symbol.dispose]() };
}
