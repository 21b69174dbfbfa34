import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { agentNodeFlags } from '../../kit/agent-node-flags.ts';

describe("the agent's flags of Node.js", () => {
  it('are all known to the Node.js that is installed with it', () => {
    const print = ['-p', 'process.execArgv.join(" ")'];
    const flags = agentNodeFlags();
    const taken = execFileSync(process.execPath, [...flags, ...print], { encoding: 'utf8' });
    assert.ok(taken.startsWith(flags.join(' ')), taken);
  });
});
