import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  asksForImageUser,
  nonRootProblem,
  seccompProfilePath,
  securityOptions,
} from '../../../../agent/pod/security-options.ts';
import type { Pod } from '../../../../common/pod.ts';
import { aPod } from '../../../kit/pods.ts';

type Own = NonNullable<Pod['spec']['containers'][number]['securityContext']>;
type Shared = NonNullable<Pod['spec']['securityContext']>;

const container = (securityContext: Own = {}) => ({ name: 'main', image: 'x', securityContext });
const options = (
  own: Own,
  shared: Shared = {},
  facts: { imageUser?: string; seccompProfile?: string } = {},
) =>
  securityOptions(aPod({ spec: { securityContext: shared } }), container(own), {
    imageUser: facts.imageUser ?? '',
    seccompProfile: facts.seccompProfile,
  });

describe('the security context as Docker’s options', () => {
  for (const [what, user, wanted] of [
    ['the image’s user when none is named', options({}), undefined],
    ['a user', options({ runAsUser: 0 }), '0'],
    ['a user and a group', options({ runAsUser: 5 }, { runAsGroup: 2 }), '5:2'],
    ['a group with the image’s user', options({ runAsGroup: 2 }, {}, { imageUser: '7:8' }), '7:2'],
    ['a group with the image’s user by name', options({ runAsGroup: 2 }, {}, { imageUser: 'app' }), 'app:2'],
    ['a group with root', options({ runAsGroup: 2 }), '0:2'],
  ] as const) {
    it(`takes ${what}`, () => assert.equal(user.User, wanted));
  }

  it('adds the pod’s groups', () => {
    assert.deepEqual(options({}, { supplementalGroups: [4, 5], fsGroup: 3 }).GroupAdd, ['4', '5', '3']);
    assert.equal(options({}).GroupAdd, undefined);
  });

  it('puts them under the AppArmor and SELinux labels that they name', () => {
    const seccompProfile = { type: 'RuntimeDefault' };
    const appArmorProfile = { type: 'Localhost', localhostProfile: 'k8s-web' };
    const seLinuxOptions = { user: 'u', role: 'r', type: 't', level: 's0:c1' };
    const own = { seccompProfile, appArmorProfile };
    const shared = { appArmorProfile: { type: 'Unconfined' }, seLinuxOptions };
    assert.deepEqual(options(own, shared).SecurityOpt, [
      'apparmor=k8s-web',
      ...['label=user:u', 'label=role:r', 'label=type:t', 'label=level:s0:c1'],
    ]);
    assert.deepEqual(options({ seccompProfile }, { appArmorProfile: { type: 'Unconfined' } }).SecurityOpt, [
      'apparmor=unconfined',
    ]);
    const unnamed = { seccompProfile, appArmorProfile: { type: 'RuntimeDefault' } };
    assert.deepEqual(options(unnamed).SecurityOpt, []);
  });

  for (const [what, got, wanted] of [
    ['seccomp: none unless asked for, unlike Docker', options({}), ['seccomp=unconfined']],
    ['seccomp: Docker’s own', options({ seccompProfile: { type: 'RuntimeDefault' } }), []],
    [
      'seccomp: a profile of the machine',
      options(
        {},
        { seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' } },
        { seccompProfile: '{}' },
      ),
      ['seccomp={}'],
    ],
    [
      'no more privileges',
      options({ seccompProfile: { type: 'RuntimeDefault' }, allowPrivilegeEscalation: false }),
      ['no-new-privileges'],
    ],
    [
      'more privileges where they are allowed',
      options({ seccompProfile: { type: 'RuntimeDefault' }, allowPrivilegeEscalation: true }),
      [],
    ],
  ] as const) {
    it(what, () => assert.deepEqual(got.SecurityOpt, wanted));
  }

  it('unmasks /proc where asked, and leaves it to Docker otherwise', () => {
    const { MaskedPaths, ReadonlyPaths } = options({ procMount: 'Unmasked' });
    assert.deepEqual({ MaskedPaths, ReadonlyPaths }, { MaskedPaths: [], ReadonlyPaths: [] });
    assert.ok(!('MaskedPaths' in options({ procMount: 'Default' })));
    assert.ok(!('MaskedPaths' in options({ procMount: 'Unmasked', privileged: true })));
  });

  it('names the seccomp profile to read, the container’s before the pod’s', () => {
    const pod = aPod({
      spec: { securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'pod.json' } } },
    });
    assert.equal(seccompProfilePath(pod, container()), 'pod.json');
    assert.equal(seccompProfilePath(pod, container({ seccompProfile: { type: 'Unconfined' } })), undefined);
    assert.equal(seccompProfilePath(pod, container({ privileged: true })), undefined, 'none applies to it');
  });

  it('asks for the image’s user only where that matters', () => {
    assert.equal(asksForImageUser(aPod(), container()), false);
    assert.equal(asksForImageUser(aPod(), container({ runAsUser: 1, runAsGroup: 1 })), false);
    assert.equal(asksForImageUser(aPod(), container({ runAsGroup: 1 })), true);
    assert.equal(asksForImageUser(aPod(), container({ runAsNonRoot: true, runAsUser: 1 })), true);
  });
});

describe('runAsNonRoot', () => {
  const where = '(pod: "web_default(uid-web)", container: main)';
  for (const { runAsUser, imageUser, problem } of [
    { runAsUser: 1000, imageUser: '', problem: undefined },
    { runAsUser: 0, imageUser: '1000', problem: `container's runAsUser breaks non-root policy ${where}` },
    { imageUser: '', problem: `container has runAsNonRoot and image will run as root ${where}` },
    { imageUser: '0:0', problem: `container has runAsNonRoot and image will run as root ${where}` },
    { imageUser: '1000:0', problem: undefined },
    {
      imageUser: 'nobody',
      problem: `container has runAsNonRoot and image has non-numeric user (nobody), cannot verify user is non-root ${where}`,
    },
  ]) {
    it(`with runAsUser ${runAsUser} and image user '${imageUser}'`, () => {
      assert.equal(nonRootProblem(aPod(), container({ runAsNonRoot: true, runAsUser }), imageUser), problem);
    });
  }

  it('asks nothing of a container that does not want it', () => {
    const pod = aPod({ spec: { securityContext: { runAsNonRoot: true } } });
    assert.equal(nonRootProblem(pod, container({ runAsNonRoot: false }), ''), undefined);
  });
});
