// How the provider becomes one of the fleet. These come first: nothing has joined yet.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { systemClock as clock } from '../../../common/clock.ts';
import { openCertificateAuthority } from '../../../controller/pki/certificate-authority.ts';
import { eventually } from '../../kit/eventually.ts';
import { MemorySecrets } from '../../kit/memory-secrets.ts';
import { PROVIDER_NAME } from '../fleet-of-one.ts';
import type { Trial } from '../trial.ts';
import { waylayJoin } from '../waylaid-join.ts';

/** Who trusts a stranger has told it the token by then. */
const PATIENCE_MS = 2000;

export function checkJoining(trial: Trial): void {
  it('tells its token to nobody but the controller that the token names', async () => {
    using stranger = await waylayJoin(
      await openCertificateAuthority({ secrets: new MemorySecrets(), clock }),
    );
    trial.provider.start(stranger.address);
    const untilMs = performance.now() + PATIENCE_MS;
    await eventually(() => trial.provider.hasEnded || performance.now() > untilMs);
    await trial.provider.end('SIGKILL');
    assert.deepEqual(stranger.heard, []);
  });

  it('asks again with the same key when the answer was lost and it was killed', async () => {
    const { fleet, provider } = trial;
    using waylaid = await waylayJoin(fleet.authority);
    provider.start(waylaid.address);
    const { csrDer } = await eventually(() => waylaid.heard[0], { what: 'a request to join' });
    await provider.end('SIGKILL');
    provider.start();
    await trial.connected();
    const { publicKeyHash } = await fleet.authority.readRequest(csrDer);
    assert.equal(fleet.agent?.spec.publicKeyHash, publicKeyHash);
  });

  it('says who and what it is', async () => {
    const { fleet } = trial;
    assert.equal(fleet.link?.agent.name, PROVIDER_NAME);
    const facts = await eventually(() => fleet.heard.facts, { what: 'the facts of the machine' });
    assert.match(facts.hostname, /./);
    assert.match(facts.os, /^[a-z0-9]+$/);
    assert.match(facts.arch, /^[a-z0-9]+$/);
    for (const resource of ['cpu', 'memory', 'pods']) {
      assert.ok(facts.capacity[resource], `capacity: ${resource}`);
      assert.ok(facts.allocatable[resource], `allocatable: ${resource}`);
    }
  });
}
