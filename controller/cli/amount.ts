// Quantities for people: cores with at most two decimals, bytes in the binary unit that keeps them short, shares in
// per cent. Exact figures are in `-o json`.
import { type Milli, parseQuantity } from '../../common/quantity.ts';

export type Amounts = Readonly<Record<string, string>>;

/** Undefined when it is not there or no quantity. */
export function amountOf(amounts: Amounts, resource: string): Milli | undefined {
  const text = Object.hasOwn(amounts, resource) ? amounts[resource] : undefined;
  return text === undefined ? undefined : parseQuantity(text);
}

const UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

export function formatAmount(resource: string, milli: Milli): string {
  const units = Number(milli) / 1000;
  if (!isBytes(resource)) return trim(units, 2);
  let [value, power] = [units, 0];
  while (value >= 1024 && power < UNITS.length - 1) [value, power] = [value / 1024, power + 1];
  return `${trim(value, 1)}${UNITS[power]}`;
}

/** In whole per cent, rounded; undefined when there is nothing to have a share of. */
export function percentOf(part: Milli, whole: Milli | undefined): number | undefined {
  if (whole === undefined || whole <= 0n) return undefined;
  return Number((part * 200n + whole) / (2n * whole));
}

/** `0.5/4 (13%)`. */
export function formatShare(
  resource: string,
  { part, whole }: { readonly part: Amounts; readonly whole: Amounts },
): string {
  const [used, total] = [amountOf(part, resource) ?? 0n, amountOf(whole, resource)];
  if (total === undefined) return formatAmount(resource, used);
  const percent = percentOf(used, total);
  const share = `${formatAmount(resource, used)}/${formatAmount(resource, total)}`;
  return percent === undefined ? share : `${share} (${percent}%)`;
}

function isBytes(resource: string): boolean {
  return resource === 'memory' || resource === 'ephemeral-storage' || resource.startsWith('hugepages-');
}

function trim(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
