// The memory of bytes that pass through. It lies outside V8's heap and is free a moment later; V8 counts it as growth of the heap
// all the same, and marks the whole heap again for every few megabytes. So the young are collected while they are few, which
// takes a fraction of a millisecond.

/** To be told how many have passed each time. Does nothing where Node.js was started without `--expose-gc`. */
export function createYoungCollector(afterBytes: number): (bytes: number) => void {
  const { gc } = globalThis;
  if (!gc) return () => undefined;
  let passed = 0;
  return (bytes) => {
    passed += bytes;
    if (passed < afterBytes) return;
    passed = 0;
    gc({ type: 'minor', execution: 'sync' });
  };
}
