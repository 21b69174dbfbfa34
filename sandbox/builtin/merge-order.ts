// The order of a merged list: elements the patch names come in the patch's order, the others keep theirs, and the two
// sequences interleave as they lay in the live list. Scalar lists as sets. Pure.

export interface MergedList {
  readonly merged: readonly unknown[];
  /** The patch's elements, or its `$setElementOrder` list. */
  readonly patchOrder: readonly unknown[];
  readonly liveOrder: readonly unknown[];
  /** Absent for lists of scalars. */
  readonly mergeKey?: string;
}

export function inOrderOf(list: MergedList): unknown[] {
  const keyOf = keyReader(list.mergeKey);
  const patchKeys = list.patchOrder.map(keyOf);
  const liveKeys = list.liveOrder.map(keyOf);
  const named = list.merged.filter((element) => patchKeys.includes(keyOf(element)));
  const others = list.merged.filter((element) => !patchKeys.includes(keyOf(element)));
  return interleave({
    left: sortByKeys(others, liveKeys, keyOf),
    right: sortByKeys(named, patchKeys, keyOf),
    precedes: (left, right) => {
      const leftAt = liveKeys.indexOf(keyOf(left));
      const rightAt = liveKeys.indexOf(keyOf(right));
      return leftAt >= 0 && rightAt >= 0 && leftAt < rightAt;
    },
  });
}

/** First occurrences, except that a duplicate's place is taken by the list's last element, as the API server does. */
export function uniqueScalars(list: readonly unknown[]): unknown[] {
  const unique = [...list];
  for (let i = 0; i < unique.length; i++) {
    for (let j = i + 1; j < unique.length; j++) {
      if (unique[i] !== unique[j]) continue;
      unique[j] = unique.at(-1);
      unique.length--;
      j--;
    }
  }
  return unique;
}

export function removeScalars(list: readonly unknown[], removed: readonly unknown[]): unknown[] {
  return list.filter((element) => !removed.includes(element));
}

function keyReader(mergeKey: string | undefined): (element: unknown) => unknown {
  if (mergeKey === undefined) return (element) => element;
  return (element) =>
    typeof element === 'object' && element !== null ? Reflect.get(element, mergeKey) : undefined;
}

/** An insertion sort whose comparison lets elements without a place move to the front, one past the other. */
function sortByKeys(
  list: readonly unknown[],
  keys: readonly unknown[],
  keyOf: (element: unknown) => unknown,
) {
  const precedes = (a: unknown, b: unknown) => {
    const aAt = keys.indexOf(keyOf(a));
    const bAt = keys.indexOf(keyOf(b));
    return aAt < 0 || bAt < 0 || aAt < bAt;
  };
  const sorted: unknown[] = [];
  for (const element of list) {
    let at = sorted.length;
    while (at > 0 && precedes(element, sorted[at - 1])) at--;
    sorted.splice(at, 0, element);
  }
  return sorted;
}

function interleave(lists: {
  readonly left: readonly unknown[];
  readonly right: readonly unknown[];
  readonly precedes: (left: unknown, right: unknown) => boolean;
}): unknown[] {
  const { left, right, precedes } = lists;
  const out: unknown[] = [];
  let i = 0;
  for (const element of right) {
    while (i < left.length && precedes(left[i], element)) out.push(left[i++]);
    out.push(element);
  }
  return [...out, ...left.slice(i)];
}
