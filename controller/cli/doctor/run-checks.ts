// Runs checks in their order; each one's failure is a finding, never the doctor's own.
import { describeError, errorCode } from '../../../common/errors.ts';
import { type Check, type CheckResult, type DoctorContext, type Finding, skip } from './check.ts';

/** `told` hears of each result as it comes. Rejects only when the user interrupts. */
export async function runChecks(
  checks: readonly Check[],
  context: DoctorContext,
  told: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const blocked = new Set<string>();
  for (const check of checks) {
    const cause = check.needs.find((name) => blocked.has(name));
    const findings =
      cause === undefined ? await findingsOf(check, context) : [skip(`needs '${cause}' first`)];
    if (cause !== undefined || worst(findings) === 'fail') blocked.add(check.name);
    const result = { check: check.name, hop: check.hop, findings };
    results.push(result);
    told(result);
  }
  return results;
}

async function findingsOf(check: Check, context: DoctorContext): Promise<readonly Finding[]> {
  try {
    const found = await check.run(context);
    return 'outcome' in found ? [found] : found;
  } catch (error) {
    if (context.signal?.aborted || errorCode(error) === 'cancelled') throw error;
    // Errors of ours say what to do themselves.
    return [{ outcome: 'fail', message: describeError(error) }];
  }
}

export function worst(findings: readonly Finding[]): Finding['outcome'] {
  const order = ['fail', 'warn', 'ok', 'skip'] as const;
  return order.find((outcome) => findings.some((finding) => finding.outcome === outcome)) ?? 'skip';
}
