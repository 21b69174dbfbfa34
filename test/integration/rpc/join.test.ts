import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Clock } from '../../../common/clock.ts';
import { systemClock } from '../../../common/clock.ts';
import { LongshoreError } from '../../../common/errors.ts';
import { formatJoinToken, parseJoinToken } from '../../../common/join-token.ts';
import { joinTestAgent, MemoryMembership, startTestController } from '../../kit/rpc-fixture.ts';

function failsWith(code: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof LongshoreError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };
}

describe('joining a fleet', () => {
  it('makes the machine an agent with the labels of its token', async () => {
    await using controller = await startTestController();
    const token = await controller.token({ labels: { zone: 'garage', 'longshore.dev/agent': 'x' } });
    const { joined, membership } = await joinTestAgent({ address: controller.address, token });

    const [agent] = controller.agents.all;
    assert.equal(agent?.metadata.name, 'garage-pi');
    assert.deepEqual(agent?.spec.labels, { zone: 'garage' });
    assert.deepEqual({ name: joined.name, uid: joined.uid }, { name: 'garage-pi', uid: agent?.metadata.uid });
    const certificate = new X509Certificate(joined.certificatePem);
    assert.equal(certificate.subjectAltName, `URI:longshore://agent/garage-pi/${joined.uid}`);
    assert.ok(certificate.checkPrivateKey(membership.key));
  });

  it('is the same identity when it is repeated with the same key, whatever name is asked for', async () => {
    await using controller = await startTestController();
    const token = await controller.token();
    const store = new MemoryMembership();
    const first = await joinTestAgent({ address: controller.address, token, store });
    const again = await joinTestAgent({ address: controller.address, token, store, name: 'another' });
    assert.equal(again.joined.uid, first.joined.uid);
    assert.equal(again.joined.name, 'garage-pi');
    assert.equal(controller.agents.all.length, 1);
  });

  it('goes on after the controller died between taking the token and making the agent', async () => {
    await using controller = await startTestController();
    const token = await controller.token();
    const store = new MemoryMembership();
    await joinTestAgent({ address: controller.address, token, store });
    controller.agents.drop('garage-pi');
    const { joined } = await joinTestAgent({ address: controller.address, token, store });
    assert.equal(joined.uid, controller.agents.get('garage-pi')?.metadata.uid);
  });

  it('is refused to a second machine with a single-use token', async () => {
    await using controller = await startTestController();
    const token = await controller.token();
    await joinTestAgent({ address: controller.address, token });
    await assert.rejects(
      joinTestAgent({ address: controller.address, token, name: 'second' }),
      failsWith('unauthenticated', /another machine has used it; make a new one/),
    );
    assert.equal(controller.agents.all.length, 1);
  });

  it('is open to several machines with a reusable token', async () => {
    await using controller = await startTestController();
    const token = await controller.token({ reusable: true });
    for (const name of ['a', 'b', 'c']) await joinTestAgent({ address: controller.address, token, name });
    assert.deepEqual(
      controller.agents.all.map((agent) => agent.metadata.name),
      ['a', 'b', 'c'],
    );
  });

  it('is refused with an expired token', async () => {
    let skewMs = 0;
    const clock: Clock = { ...systemClock, now: () => Date.now() + skewMs };
    await using controller = await startTestController({ clock });
    const token = await controller.token({ ttlMs: 60_000 });
    skewMs = 61_000;
    await assert.rejects(
      joinTestAgent({ address: controller.address, token }),
      failsWith('unauthenticated', /it expired at 20/),
    );
  });

  it('is refused with a wrong secret, in words that do not tell a known token from an unknown one', async () => {
    await using controller = await startTestController();
    const token = parseJoinToken(await controller.token());
    for (const wrong of [
      { ...token, secret: 'a'.repeat(32) },
      { ...token, id: 'aaaaaaaa' },
    ]) {
      await assert.rejects(
        joinTestAgent({ address: controller.address, token: formatJoinToken(wrong) }),
        failsWith('unauthenticated', /it is not known here/),
      );
    }
  });

  it('keeps a machine from taking the name of another, and leaves its token usable', async () => {
    await using controller = await startTestController();
    await joinTestAgent({ address: controller.address, token: await controller.token() });
    const token = await controller.token();
    const store = new MemoryMembership();
    await assert.rejects(
      joinTestAgent({ address: controller.address, token, store }),
      failsWith('already-exists', /agent 'garage-pi' is another machine: choose another name with --name/),
    );
    const other = await joinTestAgent({ address: controller.address, token, name: 'shed' });
    assert.equal(other.joined.name, 'shed');
  });

  it('takes the name the token is bound to and no other', async () => {
    await using controller = await startTestController();
    const token = await controller.token({ agentName: 'shed' });
    await assert.rejects(
      joinTestAgent({ address: controller.address, token, name: 'garage' }),
      failsWith('invalid', /the token is for agent 'shed', not 'garage'/),
    );
    const { joined } = await joinTestAgent({ address: controller.address, token });
    assert.equal(joined.name, 'shed');
  });

  it('tells nothing to a controller with another CA', async () => {
    await using controller = await startTestController();
    await using impostor = await startTestController();
    const token = await controller.token();
    await assert.rejects(
      joinTestAgent({ address: impostor.address, token }),
      failsWith(
        'unauthenticated',
        new RegExp(`expected CA ${controller.authority.caHash.slice(0, 12)}…, it presents `),
      ),
    );
    assert.equal(impostor.agents.all.length, 0);
  });

  it('says that nobody answers where no controller is', async () => {
    const controller = await startTestController();
    const token = await controller.token();
    await controller[Symbol.asyncDispose]();
    await assert.rejects(
      joinTestAgent({ address: controller.address, token }),
      failsWith('unavailable', /no controller answers at 127\.0\.0\.1:\d+: .*ECONNREFUSED/),
    );
  });

  it('is put off while the controller does not lead', async () => {
    await using controller = await startTestController();
    const token = await controller.token();
    controller.server.setLeader(undefined);
    await assert.rejects(
      joinTestAgent({ address: controller.address, token }),
      failsWith('unavailable', /not the leader/),
    );
  });

  it('is bounded per address', async () => {
    const rate = { perSecond: 0.01, burst: 2 };
    await using controller = await startTestController({
      limits: { attempts: { perPeer: rate, overall: rate } },
    });
    const token = await controller.token({ reusable: true });
    for (const name of ['a', 'b']) await joinTestAgent({ address: controller.address, token, name });
    await assert.rejects(
      joinTestAgent({ address: controller.address, token, name: 'c' }),
      failsWith('exhausted', /too many attempts from 127\.0\.0\.1: try again in \d+ s/),
    );
  });

  it('stores no secret of a token, only its hash', async () => {
    await using controller = await startTestController();
    const { secret } = parseJoinToken(await controller.token());
    assert.ok(!JSON.stringify(controller.secrets.all).includes(secret));
  });
});
