// What pods refer to: told by key, absent, or not known yet; and secrets, which stay secret.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import type { Offers } from '../offers.ts';
import { aPod, exitCodeOf } from '../pods.ts';
import type { Trial } from '../trial.ts';

export function checkObjects(trial: Trial, offers: Offers): void {
  const endsWith = async (code: number, ...[script, wish]: Parameters<typeof aPod>) => {
    const pod = aPod(`${script} && exit ${code}`, { ...wish, restartPolicy: 'Never' });
    trial.fleet.wish(pod);
    const ended = await trial.status(pod, ({ phase }) => phase === 'Failed', 'at its end');
    assert.equal(exitCodeOf(ended), code);
  };

  it('keeps secrets encrypted or not at all, and tells them to nobody', async () => {
    const { fleet, provider } = trial;
    const password = randomUUID();
    const encoded = Buffer.from(password).toString('base64');
    fleet.objects.set('secrets/default/safe', found({ type: 'Opaque', data: { password: encoded } }));
    const secretKeyRef = { name: 'safe', key: 'password' };
    const container = { env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef } }] };
    if (offers.has('objects')) await endsWith(4, `test \${#PASSWORD} = ${password.length}`, { container });
    else fleet.wish(aPod('exit 0', { restartPolicy: 'Never', container }));
    await trial.obeyed();
    for (const secret of [password, encoded]) {
      assert.deepEqual(provider.filesWith(secret), []);
      assert.ok(!provider.lastWords.includes(secret), 'in its log');
      assert.ok(!JSON.stringify(fleet.heard.events).includes(secret), 'in an event');
    }
  });

  if (!offers.has('objects')) return;

  it('gives a pod what it refers to, as the controller has it', async () => {
    trial.fleet.objects.set('configmaps/default/colors', found({ data: { COLOR: 'blue' } }));
    const container = { envFrom: [{ configMapRef: { name: 'colors' } }] };
    await endsWith(4, 'test "$COLOR" = blue', { container });
  });

  it('waits for what is not known yet, also where the pod could do without it', async () => {
    const { fleet } = trial;
    const key = 'configmaps/default/maybe';
    const container = { envFrom: [{ configMapRef: { name: 'maybe', optional: true } }] };
    const pod = aPod('exit 4', { restartPolicy: 'Never', container });
    fleet.objects.set(key, { kind: 'unknown' });
    fleet.wish(pod);
    // Taken on later, and over.
    await endsWith(5, 'true');
    assert.equal(fleet.heard.statuses.get(pod.metadata.uid)?.phase ?? 'Pending', 'Pending');
    fleet.objects.set(key, { kind: 'absent' });
    fleet.wish(pod);
    assert.equal(exitCodeOf(await trial.status(pod, ({ phase }) => phase === 'Failed', 'at its end')), 4);
  });
}

function found(content: object) {
  const json = JSON.stringify(content);
  return { kind: 'found', revision: json, json } as const;
}
