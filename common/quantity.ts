// Kubernetes quantities ("500m", "1.5Gi", "2e3"). Exact: held as a bigint of thousandths, so sums of many never drift.

/** Thousandths of the unit (milli-CPU for cpu, milli-bytes for memory). */
export type Milli = bigint;

const QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;

const BINARY: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};

const DECIMAL_EXPONENT: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/** Undefined when the text is no quantity. Fractions below a thousandth are rounded up, as Kubernetes does. */
export function parseQuantity(text: string): Milli | undefined {
  const match = QUANTITY.exec(text);
  if (!match || text.length > 64) return undefined;
  const [, sign, digits = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const mantissa = BigInt(`${whole}${fraction}` || '0');
  const binary = BINARY[suffix];
  const exponent = binary ? 0 : (DECIMAL_EXPONENT[suffix] ?? Number(suffix.slice(1)));
  if (Math.abs(exponent) > 30) return undefined;
  const value = scale(mantissa * (binary ?? 1n), exponent + 3 - fraction.length);
  return sign === '-' ? -value : value;
}

/** Whole units, rounded up: bytes of a memory quantity, cores of a cpu one. */
export function wholeUnits(milli: Milli): number {
  return Number(divideUp(milli, 1000n));
}

/** The shortest canonical text: "2", "1500m", "512Mi" (with `binary`), "1500". */
export function formatQuantity(milli: Milli, form: 'decimal' | 'binary' = 'decimal'): string {
  if (milli % 1000n !== 0n) return `${milli}m`;
  const units = milli / 1000n;
  if (form === 'binary' && units !== 0n) {
    for (const suffix of ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki']) {
      const factor = BINARY[suffix] ?? 1n;
      if (units % factor === 0n) return `${units / factor}${suffix}`;
    }
  }
  return `${units}`;
}

function scale(value: bigint, exponent: number): bigint {
  return exponent >= 0 ? value * 10n ** BigInt(exponent) : divideUp(value, 10n ** BigInt(-exponent));
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return value > 0n ? (value + divisor - 1n) / divisor : value / divisor;
}
