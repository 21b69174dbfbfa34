import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nonRootProblem } from '../../../../agent/pod/security-options.ts';
import { aPod } from '../../../kit/pods.ts';

describe('runAsNonRoot', () => {
  for (const { runAsUser, imageUser, problem } of [
    { runAsUser: 1000, imageUser: '', problem: undefined },
    { runAsUser: 0, imageUser: '1000', problem: "container's runAsUser breaks non-root policy" },
    { imageUser: '', problem: 'container has runAsNonRoot and image will run as root' },
    { imageUser: '0:0', problem: 'container has runAsNonRoot and image will run as root' },
    { imageUser: '1000:0', problem: undefined },
    {
      imageUser: 'nobody',
      problem:
        'container has runAsNonRoot and image has non-numeric user (nobody), cannot verify user is non-root',
    },
  ]) {
    it(`with runAsUser ${runAsUser} and image user '${imageUser}'`, () => {
      const securityContext = { runAsNonRoot: true, runAsUser };
      assert.equal(nonRootProblem(aPod(), { name: 'main', securityContext }, imageUser), problem);
    });
  }

  it('asks nothing of a container that does not want it', () => {
    const pod = aPod({ spec: { securityContext: { runAsNonRoot: true } } });
    const securityContext = { runAsNonRoot: false };
    assert.equal(nonRootProblem(pod, { name: 'main', securityContext }, ''), undefined);
  });
});
