// The flags of Node.js that the installer starts the agent with; install.sh reads them from the same file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function agentNodeFlags(): string[] {
  return readFileSync(join(import.meta.dirname, '../../agent/node-flags'), 'utf8')
    .trim()
    .split(' ');
}
