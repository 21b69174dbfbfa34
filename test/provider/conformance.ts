// What every provider must do, whatever it runs pods with: an agent on Docker, child processes, a simulation. Each check is
// a promise of docs/providers.md. The controller's end is real; the provider is a process that speaks the wire.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkEndings } from './checks/endings.ts';
import { checkJoining } from './checks/joining.ts';
import { checkLeaders, checkRemoval } from './checks/leaders.ts';
import { checkObjects } from './checks/objects.ts';
import { checkPods } from './checks/pods.ts';
import { checkSessions } from './checks/sessions.ts';
import { checkStats } from './checks/stats.ts';
import { checkStreams } from './checks/streams.ts';
import type { Offer } from './offers.ts';
import type { ProviderCommand } from './provider-process.ts';
import { Trial } from './trial.ts';

export interface ProviderUnderTest {
  readonly command: ProviderCommand;
  readonly offers: readonly Offer[];
}

export function describeConformance(title: string, { command, offers }: ProviderUnderTest): void {
  // One after the other, whatever runs beside them.
  describe(title, { concurrency: 1 }, () => {
    const trial = new Trial(command);
    const offered = new Set(offers);

    before(() => trial.begin());
    after(() => trial.end());

    checkJoining(trial);
    checkPods(trial, offered);
    checkSessions(trial);
    checkEndings(trial, offered);
    checkStreams(trial, offered);
    checkObjects(trial, offered);
    if (offered.has('stats')) checkStats(trial);
    checkLeaders(trial);
    checkRemoval(trial);

    it('has said nothing in all that time that was malformed or cannot be true together', () => {
      assert.deepEqual(trial.fleet.faults, []);
    });
  });
}
