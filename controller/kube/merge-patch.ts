// The JSON merge patch (RFC 7386) that turns one object into another.

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Undefined when they are equal already. */
export function mergePatch(from: JsonRecord, to: JsonRecord): JsonRecord | undefined {
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [before, after] = [own(from, key), own(to, key)];
    if (after === undefined || after === null) {
      if (before !== undefined && before !== null) patch[key] = null;
    } else if (isRecord(before) && isRecord(after)) {
      const inner = mergePatch(before, after);
      if (inner) patch[key] = inner;
    } else if (!isEqual(before, after)) {
      patch[key] = after;
    }
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** A key may be named like something every object inherits. */
function own(record: JsonRecord, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  }
  if (isRecord(a) && isRecord(b)) return mergePatch(a, b) === undefined;
  return a === b;
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
