// Metrics in Prometheus' text format, piece by piece, so that the numbers of a thousand agents are never one string.
import type { LabelValues, MetricFamily, Sample } from './family.ts';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Of a piece: a line each would be a packet each. */
const PIECE_CHARACTERS = 32 * 1024;

/** Families without samples are left out. */
export function* expositionText(families: Iterable<MetricFamily>): Generator<string> {
  let piece = '';
  for (const { name, help, type, samples } of families) {
    let head = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
    for (const sample of samples) {
      piece += `${head}${sampleLine(name, sample)}`;
      head = '';
      if (piece.length < PIECE_CHARACTERS) continue;
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}

function sampleLine(name: string, { suffix, labels, value, timestampMs }: Sample): string {
  const stamp = timestampMs === undefined ? '' : ` ${Math.round(timestampMs)}`;
  return `${name}${suffix ?? ''}${labelText(labels)} ${numberText(value)}${stamp}\n`;
}

/** Ten thousand pods have half a million of them a scrape: no lists and no replacing where nothing is to be. */
function labelText(labels: LabelValues): string {
  let text = '';
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escapeValue(labels[name] ?? '')}"`;
  return text === '' ? '' : `${text}}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (character) => (character === '\n' ? '\\n' : '\\\\'));
}

const TO_ESCAPE = /[\\"\n]/;

function escapeValue(text: string): string {
  if (!TO_ESCAPE.test(text)) return text;
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
