#!/usr/bin/env node
// A provider in small: it joins a fleet as an agent does, and runs pods as processes of this machine. See README.md.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join as joinPath } from 'node:path';
import { parseArgs } from 'node:util';
import { join } from '../../agent/link/join.ts';
import { createLink, type Link } from '../../agent/link/link.ts';
import { mayJoinAnew, openMembership } from '../../agent/link/membership.ts';
import type { ObjectHost } from '../../agent/link/object-host.ts';
import { createIdentityStore } from '../../agent/state/identity-store.ts';
import { openStateFolder } from '../../agent/state/state-folder.ts';
import { systemClock as clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import { parseJoinToken } from '../../common/join-token.ts';
import { createLog } from '../../common/log.ts';
import { loadWire } from '../../proto/wire.ts';
import { ProcessPods } from './process-pods.ts';

const USAGE =
  'usage: node examples/provider/main.ts --controller HOST:PORT --token-file FILE --state-dir FOLDER [--name NAME]';

const ARCH = process.arch === 'x64' ? 'amd64' : 'arm64';
const CAPACITY = { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi', pods: '50' };

/** What pods refer to (ConfigMaps, Secrets, tokens) arrives here; processes of this provider use none of it. */
const NO_OBJECTS: ObjectHost = {
  put: async () => {},
  drop: async () => {},
  retain: async () => {},
  held: () => [],
};

const leaving = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => leaving.abort());

try {
  await runProvider(leaving.signal);
} catch (error) {
  process.stderr.write(`error: ${describeError(error)}\n`);
  process.exitCode = 1;
}

async function runProvider(signal: AbortSignal): Promise<void> {
  const { controller, tokenFile, stateDir, name } = flags();
  const log = createLog({ name: 'provider' });
  const wire = loadWire();
  await using folder = await openStateFolder(stateDir);
  const membership = await openMembership(createIdentityStore(folder.identityFile));
  const { joined, removed } = membership.record;
  if (!joined || removed) {
    const token = parseJoinToken(readFileSync(tokenFile, 'utf8'));
    if (mayJoinAnew(membership.record, token)) await membership.startAnew();
    const wish = { address: controller, token, name, hostname: hostname(), os: 'linux', arch: ARCH };
    if (!membership.record.joined) await join({ wire, membership, clock }, wish, signal);
  }
  // The pods ask for the link when they have something to say; by then it is there.
  const pods = await ProcessPods.open({
    dir: joinPath(stateDir, 'processes'),
    uplink: () => link,
    clock,
    log,
  });
  const link: Link = createLink({
    ...{ wire, membership, clock, log, host: pods, streams: pods, objects: NO_OBJECTS },
    facts: () => ({
      hostname: hostname(),
      os: 'linux',
      arch: ARCH,
      engineVersion: 'processes',
      capacity: CAPACITY,
      allocatable: CAPACITY,
    }),
    bootId: bootId(),
    agentVersion: '0.1.0',
    locate: async () => controller,
  });
  await Promise.all([link.run(signal), pods.run(signal)]);
}

function flags() {
  const options = ['controller', 'token-file', 'state-dir', 'name'];
  const { values } = parseArgs({
    options: Object.fromEntries(options.map((name) => [name, { type: 'string' as const }])),
  });
  const { controller, 'token-file': tokenFile, 'state-dir': stateDir, name } = values;
  if (!controller || !tokenFile || !stateDir) throw new Error(USAGE);
  return { controller, tokenFile, stateDir, name };
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return randomUUID();
  }
}
