// A byte stream of JSON objects, one per line. Chunks end anywhere: in a line, in a character.
import { LongshoreError } from '../../common/errors.ts';

const MAX_LINE = 1024 * 1024;

/** Lines that are no JSON are passed over; a line without end is an error. */
export async function* jsonLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw new LongshoreError('exhausted', 'a line of JSON without end');
    for (const line of lines) yield* parse(line);
  }
  yield* parse(rest + decoder.decode());
}

function* parse(line: string): Generator<unknown> {
  if (line.trim() === '') return;
  try {
    yield JSON.parse(line);
  } catch {
    // Not ours to judge: the next line may be whole again.
  }
}
