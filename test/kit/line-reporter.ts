// Reporter for scripts/test.ts: a readable line per test as it ends, its failure in full, and a `#result` line in JSON
// that is counted. Suites count only when they failed by themselves (a hook), not for their tests.

import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

export default async function* lineReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = [];
  for await (const event of source) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') yield event.data.message;
    if (event.type === 'test:start') path[event.data.nesting] = event.data.name;
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, nesting, details } = event.data;
    const full = [...path.slice(0, nesting), name].join(' > ');
    const failed = event.type === 'test:fail' && event.data.todo === undefined;
    if (details.type === 'suite' && !(failed && isOwnFailure(event))) continue;
    if (details.type !== 'suite' && failed && isSubtestFailure(event)) continue;
    const skipped = event.data.skip !== undefined && event.data.skip !== false;
    const outcome = failed ? 'failed' : skipped || event.data.todo !== undefined ? 'skipped' : 'passed';
    const mark = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' }[outcome];
    const reason = skipped && typeof event.data.skip === 'string' ? ` (${event.data.skip})` : '';
    yield `${mark} ${full} ${Math.round(details.duration_ms)} ms${reason}\n`;
    if (event.type === 'test:fail')
      yield `${inspect(event.data.details.error.cause ?? event.data.details.error)}\n`;
    yield `#result ${JSON.stringify({ name: full, outcome })}\n`;
  }
}

type FailEvent = Extract<TestEvent, { type: 'test:fail' }>;

function isOwnFailure(event: FailEvent): boolean {
  return !isSubtestFailure(event);
}

function isSubtestFailure(event: FailEvent): boolean {
  return (event.data.details.error as { failureType?: string }).failureType === 'subtestsFailed';
}
