// Whose pods the state folder holds: the UID of the agent that took them on. It outlives the identity beside it, so that
// a machine that joins anew still knows which containers were its own.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readBoundedFile, writeFileAtomic } from './atomic-file.ts';
import type { StateFolder } from './state-folder.ts';

export interface PodsOwner {
  /** Undefined when nobody has taken on pods here. */
  load(): Promise<string | undefined>;
  /** Durable when it resolves; to be called before the agent makes anything. */
  save(agentUid: string): Promise<void>;
  /** What is kept of the pods goes; the owner stays until another is saved. */
  forgetPods(): Promise<void>;
}

const MAX_BYTES = 4096;

export function createPodsOwner({
  ownerFile,
  podsDir,
  messagesDir,
  namesDir,
  objectsDir,
}: Pick<StateFolder, 'ownerFile' | 'podsDir' | 'messagesDir' | 'namesDir' | 'objectsDir'>): PodsOwner {
  return {
    async load() {
      const text = await readBoundedFile(ownerFile, MAX_BYTES);
      return text?.trim() || undefined;
    },
    save: (agentUid) => writeFileAtomic(ownerFile, `${agentUid}\n`),
    async forgetPods() {
      for (const folder of [messagesDir, namesDir]) await rm(folder, { recursive: true, force: true });
      for (const folder of [podsDir, objectsDir])
        for (const name of await readdir(folder))
          await rm(join(folder, name), { recursive: true, force: true });
    },
  };
}
