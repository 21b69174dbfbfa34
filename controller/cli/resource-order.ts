// The order in which resources are shown: the known ones as everybody names them, then the others by name.

export const RESOURCE_ORDER: readonly string[] = ['cpu', 'memory', 'ephemeral-storage', 'pods'];

export function inOrder(names: readonly string[], order: readonly string[]): string[] {
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return names.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
