// Reads the progress of a pull to its end: JSON objects, one per line, cut anywhere by the transport. The engine
// answers 200 before it knows whether the pull will work, so a failure may be one of the objects.

/** Of the layers whose size is known by now. */
export interface PullProgress {
  readonly currentBytes: number;
  readonly totalBytes: number;
}

const MAX_LINE_BYTES = 1 << 20;
const MAX_LAYERS = 1000;

/** Resolves when the stream ends well; rejects with the engine's words when an object is an error. */
export async function readPullProgress(
  stream: AsyncIterable<Uint8Array>,
  onProgress: (progress: PullProgress) => void,
): Promise<void> {
  const layers = new Map<string, PullProgress>();
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_BYTES) throw new Error('Docker sent a progress line without end');
    for (const line of lines) note(layers, line);
    onProgress(sum(layers));
  }
  note(layers, rest);
}

function note(layers: Map<string, PullProgress>, line: string): void {
  if (line.trim() === '') return;
  const event = parse(line);
  const failure = errorIn(event);
  if (failure !== undefined) throw new Error(failure);
  const { status, id, progressDetail } = (event ?? {}) as ProgressLine;
  if (typeof id !== 'string' || (layers.size >= MAX_LAYERS && !layers.has(id))) return;
  const { current, total } = progressDetail ?? {};
  if (status === 'Downloading' && isCount(current) && isCount(total)) {
    layers.set(id, { currentBytes: current, totalBytes: total });
  }
  const totalBytes = layers.get(id)?.totalBytes;
  if (status === 'Download complete' && totalBytes !== undefined) {
    layers.set(id, { currentBytes: totalBytes, totalBytes });
  }
}

interface ProgressLine {
  readonly status?: unknown;
  readonly id?: unknown;
  readonly progressDetail?: { readonly current?: unknown; readonly total?: unknown };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

function sum(layers: ReadonlyMap<string, PullProgress>): PullProgress {
  let [currentBytes, totalBytes] = [0, 0];
  for (const layer of layers.values()) {
    currentBytes += layer.currentBytes;
    totalBytes += layer.totalBytes;
  }
  return { currentBytes, totalBytes };
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
