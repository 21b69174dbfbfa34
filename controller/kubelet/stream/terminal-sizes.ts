// The resize stream: JSON objects one after the other, cut anywhere. What is no size is passed over.
import { type TerminalSize, terminalSize } from '../../../common/stream-message.ts';

const MAX_OBJECT_CHARS = 1024;

export async function* terminalSizes(source: AsyncIterable<Buffer>): AsyncGenerator<TerminalSize> {
  let text = '';
  for await (const chunk of source) {
    text += chunk.toString('latin1');
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      const size = parseSize(text.slice(text.lastIndexOf('{', end), end + 1));
      text = text.slice(end + 1);
      if (size) yield size;
    }
    text = text.slice(-MAX_OBJECT_CHARS);
  }
}

function parseSize(json: string): TerminalSize | undefined {
  try {
    const { Width, Height } = JSON.parse(json) as { Width?: unknown; Height?: unknown };
    return terminalSize(Width, Height);
  } catch {
    return undefined;
  }
}
