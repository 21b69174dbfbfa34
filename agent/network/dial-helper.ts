// The dialling helper, inside the network namespace of a pod: it connects to the ports it is told and hands over the open
// sockets. It never reads or writes them, listens to nothing, and ends with its parent.
import type { DialAnswer, DialRequest } from './dial-message.ts';
import { dialLoopback } from './loopback.ts';

/** Resolves when the parent has gone or wants it to end. */
export async function runDialHelper(): Promise<void> {
  process.on('message', (request: DialRequest) => void answer(request));
  await new Promise<void>((resolve) => process.once('disconnect', () => resolve()));
}

async function answer({ id, port }: DialRequest): Promise<void> {
  const dialled = await dialLoopback(port);
  if (!process.connected) return;
  const reply: DialAnswer = { id, failures: dialled.kind === 'failed' ? dialled.failures : [] };
  // A parent that goes away meanwhile is no error of ours.
  const sent = () => undefined;
  if (dialled.kind === 'failed') process.send?.(reply, sent);
  else process.send?.(reply, dialled.socket, {}, sent);
}
