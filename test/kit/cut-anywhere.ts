// Bytes as a transport may deliver them.

/** `cuts`: any numbers; each is a place to cut. */
export function* cutAnywhere(bytes: Buffer, cuts: readonly number[]): Generator<Buffer> {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, from] of edges.slice(0, -1).entries()) yield bytes.subarray(from, edges[index + 1]);
}
