#!/usr/bin/env node
// One simulated agent as a program, with the flags of `longshore-agent`: for the conformance tests.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createIdentityStore } from '../../../agent/state/identity-store.ts';
import { createLog } from '../../../common/log.ts';
import { loadWire } from '../../../proto/wire.ts';
import { joinSimulatedAgent } from './simulated-agent.ts';
import type { SimulatedPod } from './simulated-pods.ts';

const leaving = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => leaving.abort());

const text = { type: 'string', default: '' } as const;
const { values } = parseArgs({
  options: { controller: text, 'token-file': text, 'state-dir': text, name: text },
});
const { controller, 'token-file': tokenFile, 'state-dir': stateDir, name } = values;
mkdirSync(stateDir, { recursive: true, mode: 0o700 });
const podsFile = join(stateDir, 'pods.json');

const agent = await joinSimulatedAgent(
  {
    ...{ name, controller, token: readFileSync(tokenFile, 'utf8') },
    ...{ wire: loadWire(), log: createLog({ name: 'simulated-agent' }) },
    store: createIdentityStore(join(stateDir, 'identity.json')),
    pods: readPods(),
    changed(pods) {
      writeFileSync(`${podsFile}.tmp`, JSON.stringify([...pods]));
      renameSync(`${podsFile}.tmp`, podsFile);
    },
  },
  leaving.signal,
);
await agent.run(leaving.signal);

function readPods(): Map<string, SimulatedPod> {
  try {
    return new Map(JSON.parse(readFileSync(podsFile, 'utf8')) as [string, SimulatedPod][]);
  } catch {
    return new Map();
  }
}
