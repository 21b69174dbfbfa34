// exec and attach over WebSocket: channel 0 is stdin, 1 stdout, 2 stderr, 3 the ending, 4 terminal sizes.
import type { Clock } from '../../../common/clock.ts';
import type { ChannelForm } from './channel-message.ts';
import { createChannelSocket, type OpenSocket } from './channel-socket.ts';
import { type CommandClient, type CommandStreams, MAX_HELD_INPUT_BYTES } from './command-client.ts';
import { endingText } from './command-status.ts';
import { terminalSizes } from './terminal-sizes.ts';

export interface CommandForm extends ChannelForm {
  /** The ending is told as a v1.Status, not in plain words. */
  readonly status: boolean;
}

/** For a client that names no protocol. */
export const FIRST_FORM: CommandForm = { coding: 'binary', closes: false, status: false };

export const COMMAND_SUBPROTOCOLS: Readonly<Record<string, CommandForm>> = {
  'v5.channel.k8s.io': { coding: 'binary', closes: true, status: true },
  'v4.channel.k8s.io': { coding: 'binary', closes: false, status: true },
  'v4.base64.channel.k8s.io': { coding: 'base64', closes: false, status: true },
  'channel.k8s.io': FIRST_FORM,
  'base64.channel.k8s.io': { coding: 'base64', closes: false, status: false },
};

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

export function openWebSocketCommand(
  open: OpenSocket,
  { streams: asked, form }: { readonly streams: CommandStreams; readonly form: CommandForm },
  clock: Clock,
): CommandClient {
  const read = [...(asked.stdin ? [CHANNEL.stdin] : []), CHANNEL.resize];
  const channels = createChannelSocket(open, { form, read, maxBufferedBytes: MAX_HELD_INPUT_BYTES, clock });
  // So clients know that the connection stands.
  const first = asked.stdout ? CHANNEL.stdout : asked.stderr ? CHANNEL.stderr : CHANNEL.error;
  void channels.send(first, Buffer.alloc(0));
  return {
    stdin: channels.input(CHANNEL.stdin),
    sizes: terminalSizes(channels.input(CHANNEL.resize)),
    stdout: async (data) => (asked.stdout ? channels.send(CHANNEL.stdout, data) : undefined),
    stderr: async (data) => (asked.stderr ? channels.send(CHANNEL.stderr, data) : undefined),
    async end(ending) {
      channels.ignoreInput();
      const text = endingText(ending, form.status ? 'status' : 'text');
      if (text !== '') await channels.send(CHANNEL.error, Buffer.from(text));
      await channels.close();
    },
  };
}
