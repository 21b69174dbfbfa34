import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import {
  createIssuedCertificate,
  type RequestSigner,
  type SigningAnswer,
} from '../../../../controller/pki/issued-certificate.ts';
import { createTestAuthority } from '../../../kit/certificates.ts';
import { eventually } from '../../../kit/eventually.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { MemorySecrets } from '../../../kit/memory-secrets.ts';

const HOUR_MS = 3_600_000;
const subject = { commonName: 'system:node:n', organization: 'system:nodes' };
const options = { secretName: 'cert', subject };

/** A cluster in small: requests wait until somebody approves them. */
async function createCluster(clock: ManualClock, backdatedMs: number) {
  const authority = await createTestAuthority();
  const requests = new Map<string, string>();
  const refused = new Map<string, string>();
  const approved = new Set<string>();
  const signer: RequestSigner = {
    async ask({ name, pem }): Promise<SigningAnswer> {
      if (!requests.has(name)) requests.set(name, pem);
      const why = refused.get(name);
      if (why !== undefined) return { kind: 'refused', why };
      if (!approved.has(name)) return { kind: 'pending' };
      const validity = { fromMs: clock.now() - backdatedMs, untilMs: clock.now() + 24 * HOUR_MS };
      return { kind: 'issued', certificatePem: await authority.sign(requests.get(name) ?? '', validity) };
    },
  };
  return { signer, requests, approved, refused };
}

async function createWorld({ backdatedMs = 0 } = {}) {
  const clock = new ManualClock();
  const secrets = new MemorySecrets();
  const cluster = await createCluster(clock, backdatedMs);
  const warnings: string[] = [];
  const stream = { write: (line: string) => void warnings.push(line) };
  const log = createLog({ name: 'test', level: 'warn', stream });
  const start = (wish = options) => {
    const certificate = createIssuedCertificate(wish, { secrets, clock, log, signer: cluster.signer });
    const stop = new AbortController();
    const running = certificate.run(stop.signal);
    const dispose = async () => {
      stop.abort();
      await running;
    };
    return { certificate, [Symbol.asyncDispose]: dispose };
  };
  /** Lets time pass until it holds. */
  const until = (look: () => unknown, stepMs = 1000) =>
    eventually(async () => {
      await clock.advance(stepMs);
      return look();
    });
  return { clock, secrets, cluster, warnings, start, until };
}

describe('a certificate that the cluster signs', () => {
  it('is asked for once, waits for its approval and says so, and is kept with its key', async () => {
    const world = await createWorld();
    await using run = world.start();
    const { certificate } = run;
    const name = await world.until(() => certificate.awaiting);
    assert.equal(certificate.current(), undefined);
    assert.match(world.warnings.join(''), new RegExp(`kubectl certificate approve ${name}`));
    let told = 0;
    certificate.subscribe(() => told++);
    world.cluster.approved.add(String(name));
    const pair = await world.until(() => certificate.current());
    assert.equal(certificate.awaiting, undefined);
    assert.equal(told, 1);
    assert.ok(pair);
    assert.deepEqual(world.secrets.all[0]?.data, {
      'tls.crt': certificate.current()?.certificatePem,
      'tls.key': certificate.current()?.keyPem,
    });
    assert.equal(world.cluster.requests.size, 1);
    assert.equal(world.warnings.length, 1);
  });

  it('is gone on with by another controller: the same key, the same request', async () => {
    const world = await createWorld();
    let asked: unknown;
    {
      await using first = world.start();
      asked = await world.until(() => first.certificate.awaiting);
    }
    await using second = world.start();
    assert.equal(await world.until(() => second.certificate.awaiting), asked);
    world.cluster.approved.add(String(asked));
    await world.until(() => second.certificate.current());
    await using third = world.start();
    await eventually(() => third.certificate.current());
    assert.equal(world.cluster.requests.size, 1);
  });

  it('is asked for anew at two thirds of its life, and the old one serves until the new one is there', async () => {
    const world = await createWorld();
    await using run = world.start();
    const { certificate } = run;
    world.cluster.approved.add(String(await world.until(() => certificate.awaiting)));
    await world.until(() => certificate.current());
    const first = certificate.current();
    const next = await world.until(() => certificate.awaiting, HOUR_MS / 2);
    const expiry = new X509Certificate(first?.certificatePem ?? '').validToDate.getTime();
    const left = expiry - world.clock.now();
    assert.ok(left <= 8 * HOUR_MS && left > 6 * HOUR_MS, `asked ${left / HOUR_MS} h before its end`);
    assert.equal(certificate.current(), first);
    world.cluster.approved.add(String(next));
    await world.until(() => certificate.current() !== first);
    assert.notEqual(certificate.current()?.keyPem, first?.keyPem);
  });

  it('lives for a while even when it is dated back for longer than it lives', async () => {
    const world = await createWorld({ backdatedMs: 240 * HOUR_MS });
    await using run = world.start();
    const { certificate } = run;
    world.cluster.approved.add(String(await world.until(() => certificate.awaiting)));
    await world.until(() => certificate.current());
    const issuedAtMs = world.clock.now();
    await world.until(() => certificate.awaiting, HOUR_MS / 2);
    const ageMs = world.clock.now() - issuedAtMs;
    assert.ok(ageMs >= 15 * HOUR_MS && ageMs <= 18 * HOUR_MS, `asked again after ${ageMs / HOUR_MS} h`);
  });

  it('is no longer used when it has run out', async () => {
    const world = await createWorld();
    await using run = world.start();
    const { certificate } = run;
    world.cluster.approved.add(String(await world.until(() => certificate.awaiting)));
    await world.until(() => certificate.current());
    await world.until(() => certificate.awaiting, HOUR_MS);
    await world.clock.advance(24 * HOUR_MS);
    assert.equal(certificate.current(), undefined);
  });

  it('says why it is refused and what to do, and is asked for again when the request is gone', async () => {
    const world = await createWorld();
    await using run = world.start();
    const { certificate } = run;
    const name = String(await world.until(() => certificate.awaiting));
    world.cluster.refused.set(name, 'not in my cluster');
    await world.until(() => world.warnings.some((line) => line.includes('not in my cluster')));
    assert.match(world.warnings.join(''), new RegExp(`kubectl delete csr ${name}`));
    world.cluster.refused.delete(name);
    world.cluster.approved.add(name);
    await world.until(() => certificate.current(), 30_000);
  });

  it('is asked for anew when it shall have other names', async () => {
    const world = await createWorld();
    const named = (ip: string) => ({
      secretName: 'cert',
      subject: { ...subject, names: { dnsNames: ['n'], ipAddresses: [ip] } },
    });
    {
      await using run = world.start(named('10.0.0.1'));
      world.cluster.approved.add(String(await world.until(() => run.certificate.awaiting)));
      await world.until(() => run.certificate.current());
    }
    await using moved = world.start(named('10.0.0.2'));
    const name = String(await world.until(() => moved.certificate.awaiting));
    assert.equal(moved.certificate.current(), undefined);
    world.cluster.approved.add(name);
    await world.until(() => moved.certificate.current());
    const certificate = new X509Certificate(moved.certificate.current()?.certificatePem ?? '');
    assert.equal(certificate.subjectAltName, 'DNS:n, IP Address:10.0.0.2');
    assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:n');
  });

  it('is made anew where the Secret holds rubbish', async () => {
    const world = await createWorld();
    await world.secrets.create({
      name: 'cert',
      labels: {},
      data: { 'tls.crt': 'rubbish', 'tls.key': 'rubbish', 'next.key': 'rubbish' },
    });
    await using run = world.start();
    world.cluster.approved.add(String(await world.until(() => run.certificate.awaiting)));
    await world.until(() => run.certificate.current());
  });
});
