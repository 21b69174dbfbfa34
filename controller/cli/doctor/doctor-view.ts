// What the doctor found, for people. Pure.
import type { View } from '../fleet-command.ts';
import { printable, type Tone } from '../paint.ts';
import type { CheckResult, Finding } from './check.ts';
import { worst } from './run-checks.ts';

const TONES: Readonly<Record<Finding['outcome'], Tone>> = {
  ok: 'good',
  warn: 'warn',
  fail: 'bad',
  skip: 'faint',
};
const MARKS: Readonly<Record<Finding['outcome'], readonly [unicode: string, ascii: string]>> = {
  ok: ['✓', 'ok  '],
  warn: ['!', 'warn'],
  fail: ['✗', 'FAIL'],
  skip: ['-', 'skip'],
};

export function renderResult({ check, hop, findings }: CheckResult, { paint }: View): string {
  const mark = (outcome: Finding['outcome']) => paint(TONES[outcome], MARKS[outcome][paint.unicode ? 0 : 1]);
  const title = `${mark(worst(findings))} ${paint('strong', check)}  ${paint('faint', `(${hop})`)}\n`;
  const indent = paint.unicode ? '  ' : '     ';
  const lines = findings.map(({ outcome, message, remedy }) => {
    const text = `${indent}${findings.length > 1 ? `${mark(outcome)} ` : ''}${printable(message)}\n`;
    return remedy === undefined ? text : `${text}${indent}  -> ${printable(remedy)}\n`;
  });
  return title + lines.join('');
}

export function renderSummary(results: readonly CheckResult[], { paint }: View): string {
  const all = results.flatMap(({ findings }) => findings);
  const count = (outcome: Finding['outcome']) => all.filter((finding) => finding.outcome === outcome).length;
  const [failed, warned, skipped] = [count('fail'), count('warn'), count('skip')];
  const skips = skipped > 0 ? `, ${skipped} not looked at` : '';
  if (failed > 0)
    return `\n${paint('bad', `${failed} failed`)}, ${warned} to look at${skips}. Mend the first failure first.\n`;
  if (warned > 0) return `\n${paint('warn', `Nothing failed, ${warned} to look at${skips}.`)}\n`;
  return `\n${paint('good', `All is well${skips}.`)}\n`;
}
