// Reads the progress of a pull to its end: JSON objects, one per line, cut anywhere by the transport. The engine
// answers 200 before it knows whether the pull will work, so a failure may be one of the objects.

const MAX_LINE_BYTES = 1 << 20;

/** Resolves when the stream ends well; rejects with the engine's words when an object is an error. */
export async function readPullProgress(
  stream: AsyncIterable<Uint8Array>,
  onProgress: () => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    onProgress();
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_BYTES) throw new Error('Docker sent a progress line without end');
    lines.forEach(throwIfError);
  }
  throwIfError(rest);
}

function throwIfError(line: string): void {
  if (line.trim() === '') return;
  const failure = errorIn(parse(line));
  if (failure !== undefined) throw new Error(failure);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`Docker sent an unreadable progress line: ${line.slice(0, 200)}`, { cause });
  }
}

function errorIn(event: unknown): string | undefined {
  const { error, errorDetail } = (event ?? {}) as { error?: unknown; errorDetail?: { message?: unknown } };
  if (typeof errorDetail?.message === 'string') return errorDetail.message;
  return typeof error === 'string' ? error : undefined;
}
