// A small working model of a machine's volumes, for tests of what drives them. What must never be asked is kept as a
// violation. It outlives the agent, as the disk does.
import type { PodVolumes, VolumeFailure } from '../../agent/runtime/pod-volumes.ts';

export class FakeVolumes implements PodVolumes {
  readonly violations: string[] = [];
  /** What the next tries to set up come to; several queue up. */
  readonly failures: VolumeFailure[] = [];
  /** By volume and path, what containers have left. */
  readonly files = new Map<string, string>();
  /** How often volumes were set up or renewed. */
  setUps = 0;
  /** Unmounting fails while set. */
  busy = false;
  readonly #made = new Map<string, ReadonlySet<string>>();
  readonly #inUse: (podUid: string) => boolean;

  /** `inUse`: something of the pod runs. */
  constructor(inUse: (podUid: string) => boolean) {
    this.#inUse = inUse;
  }

  async setUp(
    podUid: string,
    volumes: readonly { readonly name: string }[],
  ): Promise<readonly VolumeFailure[]> {
    this.setUps++;
    const failure = this.failures.shift();
    this.#made.set(
      podUid,
      new Set(volumes.map(({ name }) => name).filter((name) => name !== failure?.volume)),
    );
    return failure ? [failure] : [];
  }

  async read({ volume, path }: Parameters<PodVolumes['read']>[0]) {
    const text = this.files.get(`${volume.name}/${path}`);
    return text === undefined ? { kind: 'absent' as const } : { kind: 'found' as const, text };
  }

  async sources({ podUid, mounts }: Parameters<PodVolumes['sources']>[0]) {
    for (const { volume } of mounts) {
      if (!this.#made.get(podUid)?.has(volume)) this.violations.push(`used before it was made: ${volume}`);
    }
    const sources = mounts.map(({ volume, subPath }) => `/volumes/${podUid}/${volume}/${subPath}`);
    return { kind: 'ok' as const, sources };
  }

  async tearDown(podUid: string): Promise<void> {
    if (this.#inUse(podUid)) this.violations.push(`taken away while in use: ${podUid}`);
    if (this.busy && this.#made.has(podUid)) throw new Error('target is busy');
    this.#made.delete(podUid);
  }

  async held(): Promise<readonly string[]> {
    return [...this.#made.keys()];
  }
}
