// The one spelling that the API server keeps of a quantity: no fraction, the largest suffix of its own family that leaves
// a whole number. "0.5" is "500m", "1024Mi" is "1Gi", "1000" is "1k".

const QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Whatever is no quantity is given back as it came: validation has its say about it. */
export function canonicalQuantity(value: unknown): unknown {
  const text = typeof value === 'number' ? String(value) : value;
  const match = typeof text === 'string' && text.length <= 64 ? QUANTITY.exec(text.trim()) : null;
  if (!match) return value;
  const [, sign = '', digits = '', suffix = ''] = match;
  const nanos = inNanos(digits, suffix);
  if (nanos === undefined) return value;
  if (nanos === 0n) return '0';
  return `${sign === '-' ? '-' : ''}${BINARY.includes(suffix) && suffix !== '' ? binaryText(nanos) : decimalText(nanos, suffix)}`;
}

const NANO = 1_000_000_000n;

/** Nothing finer than a billionth is kept; the rest rounds up. */
function inNanos(digits: string, suffix: string): bigint | undefined {
  const [whole = '', fraction = ''] = digits.split('.');
  const mantissa = BigInt(`${whole}${fraction}`);
  const binary = suffix === '' ? -1 : BINARY.indexOf(suffix);
  if (binary >= 0) return scaled(mantissa << BigInt(10 * binary), 9 - fraction.length);
  const decimal = DECIMAL.indexOf(suffix);
  const exponent = decimal >= 0 ? 3 * (decimal - 3) : Number(suffix.slice(1));
  return Math.abs(exponent) > 30 ? undefined : scaled(mantissa, exponent + 9 - fraction.length);
}

function scaled(value: bigint, exponent: number): bigint {
  if (exponent >= 0) return value * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return (value + divisor - 1n) / divisor;
}

/** Below 1Ki, or with a fraction, there is nothing binary about it. */
function binaryText(nanos: bigint): string {
  const units = nanos / NANO;
  if (nanos % NANO !== 0n || units < 1024n) return decimalText(nanos, '');
  let value = units;
  let power = 0;
  while (power < BINARY.length - 1 && value % 1024n === 0n) {
    value /= 1024n;
    power++;
  }
  return `${value}${BINARY[power]}`;
}

function decimalText(nanos: bigint, suffix: string): string {
  let value = nanos;
  let power = 0;
  while (power < DECIMAL.length - 1 && value % 1000n === 0n) {
    value /= 1000n;
    power++;
  }
  if (!/^[eE]/.test(suffix)) return `${value}${DECIMAL[power]}`;
  const exponent = 3 * (power - 3);
  return exponent === 0 ? `${value}` : `${value}e${exponent}`;
}
