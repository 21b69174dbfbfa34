// Pods on real Docker for the tests of a suite: each has ended when its test is over.
import { after, afterEach, before } from 'node:test';
import type { Pod } from '../../common/pod.ts';
import { ensureBusyboxImage } from './busybox-image.ts';
import { eventually } from './eventually.ts';
import { PodMachine } from './pod-machine.ts';

export interface OnPodMachine {
  /** Resolves with the pod's UID when it has been taken on. */
  apply(pod: Pod): Promise<string>;
  /** The same when it runs. */
  running(pod: Pod): Promise<string>;
  /** Deletes it, and waits until nothing of it is left. */
  end(uid: string): Promise<void>;
  /** Waits until the container has written this, all in all. */
  said(uid: string, container: string, text: string | RegExp): Promise<void>;
}

/** To be called in a `describe`. `use` gets the machine that all tests of the suite share. */
export function onPodMachine(use: (machine: PodMachine) => void): OnPodMachine {
  let machine: PodMachine;
  const pods: string[] = [];
  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
    use(machine);
  });
  after(() => machine[Symbol.asyncDispose]());
  afterEach(async () => {
    for (const uid of pods.splice(0)) await machine.drop(uid);
  });

  async function apply(pod: Pod): Promise<string> {
    const { uid } = pod.metadata;
    pods.push(uid);
    await machine.manager.apply(pod);
    return uid;
  }

  return {
    apply,
    end: (uid) => machine.drop(uid),
    async running(pod) {
      const uid = await apply(pod);
      await eventually(() => machine.status(uid)?.phase === 'Running', { what: 'phase Running' });
      return uid;
    },
    async said(uid, container, text) {
      const isSaid = async () => {
        const output = await machine.output(uid, container);
        return typeof text === 'string' ? output === text : text.test(output);
      };
      await eventually(isSaid, { what: `'${text}' from ${container}` });
    },
  };
}
