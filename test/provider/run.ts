// `npm run test:provider -- [--without OFFER,…] COMMAND [ARGUMENT …]`: the conformance tests against any program that speaks
// the wire as an agent does. See docs/providers.md.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { OPTIONAL } from './offers.ts';

const USAGE = `usage: npm run test:provider -- [--without OFFER,…] COMMAND [ARGUMENT …]\n  offers that can be left out: ${OPTIONAL.join(', ')}`;

const words = process.argv.slice(2);
const left: string[] = [];
while (words[0] === '--without') {
  words.shift();
  left.push(...(words.shift() ?? '').split(','));
}
const unknown = left.find((name) => !OPTIONAL.some((offer) => offer === name));
if (unknown !== undefined || words.length === 0 || words[0]?.startsWith('-')) {
  console.error(unknown === undefined ? USAGE : `nothing called '${unknown}' can be left out\n${USAGE}`);
  process.exit(2);
}
const provider = { command: words, offers: OPTIONAL.filter((offer) => !left.includes(offer)) };
const child = spawn(
  process.execPath,
  ['--test', '--test-reporter=spec', join(import.meta.dirname, 'command.test.ts')],
  { stdio: 'inherit', env: { ...process.env, LONGSHORE_PROVIDER: JSON.stringify(provider) } },
);
child.once('exit', (code) => process.exit(code ?? 1));
