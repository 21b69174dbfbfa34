// What a machine's owner keeps of it: taken off what pods may request.
import { formatQuantity, parseQuantity } from '../../../common/quantity.ts';

type Quantities = Readonly<Record<string, string>>;

/** Nothing becomes less than none, and what the machine does not have stays that way. */
export function withoutOwnerShare(allocatable: Quantities, share: Quantities): Record<string, string> {
  const left = Object.entries(allocatable).map(([name, quantity]): [string, string] => {
    const [has, kept] = [parseQuantity(quantity), parseQuantity(share[name] ?? '0')];
    if (has === undefined || !kept || kept <= 0n) return [name, quantity];
    return [name, formatQuantity(has > kept ? has - kept : 0n, name === 'cpu' ? 'decimal' : 'binary')];
  });
  return Object.fromEntries(left);
}
