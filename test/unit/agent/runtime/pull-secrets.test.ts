import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';
import { found, secret } from '../../../kit/pod-objects.ts';

const SECOND = 1000;
const KEY = 'secrets/default/registry';

const login = secret(
  {
    '.dockerconfigjson': JSON.stringify({ auths: { 'longshore.test': { username: 'ada', password: 'x' } } }),
  },
  'kubernetes.io/dockerconfigjson',
);

describe('the pull secrets of a pod', () => {
  let machine: FakeMachine;
  const on = onFakeMachine((fresh) => {
    machine = fresh;
    machine.imagesAbsent = true;
  });

  const apply = () => on.apply(scriptPod({ main: SERVE }, { imagePullSecrets: [{ name: 'registry' }] }));
  const put = async (news: Parameters<typeof machine.objects.put>[1]) => {
    await machine.objects.put(KEY, news);
    await machine.settle();
  };
  const users = () => machine.pulls.map((logins) => logins.map(({ username }) => username));
  const waiting = (uid: string) => machine.container(uid)?.state?.waiting;

  it('are waited for before the registry is asked, and their arrival starts the pull', async () => {
    const uid = await apply();
    await machine.settle(60 * SECOND);
    assert.deepEqual(users(), []);
    assert.deepEqual(waiting(uid), { reason: 'ContainerCreating' });
    assert.deepEqual(machine.messages('FailedToRetrieveImagePullSecret'), []);
    await put(found(login));
    assert.deepEqual(users(), [['ada']]);
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  it('keep no container waiting whose image is here', async () => {
    machine.imagesAbsent = false;
    const uid = await apply();
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  for (const { name, news } of [
    { name: 'missing', news: { kind: 'absent' } as const },
    { name: 'unreadable', news: { kind: 'kept', reason: 'secrets "registry" is forbidden' } as const },
  ]) {
    it(`that are ${name} are told of, and the pull goes on without`, async () => {
      const uid = await apply();
      await put(news);
      assert.deepEqual(users(), [[]]);
      assert.deepEqual(machine.messages('FailedToRetrieveImagePullSecret'), [
        'Unable to retrieve some image pull secrets (registry); attempting to pull the image may not succeed.',
      ]);
      assert.equal(machine.status(uid)?.phase, 'Running');
    });
  }

  it('that come after a pull has failed for the lack of them let it begin anew at once', async () => {
    machine.imageFailures.push({ reason: 'ErrImagePull', message: 'unauthorized' });
    const uid = await apply();
    await put({ kind: 'absent' });
    assert.equal(waiting(uid)?.reason, 'ErrImagePull');
    await put(found(secret({ other: 'text' })));
    assert.equal(machine.pulls.length, 1, 'one that holds no credentials is no news');
    await put(found(login, '2'));
    assert.deepEqual(users(), [[], ['ada']]);
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  it('are not waited for by a pod that is to stop', async () => {
    const uid = await apply();
    await machine.manager.remove(uid, 1);
    await machine.settle();
    assert.equal(machine.gone.length, 1);
  });
});
