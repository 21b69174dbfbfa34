// A small working model of a machine's volumes, for tests of what drives them. What must never be asked is kept as a
// violation. It outlives the agent, as the disk does.
import { once } from 'node:events';
import type { VolumeWish } from '../../agent/pod/pod-volume.ts';
import type { PodVolumes, VolumeFailure } from '../../agent/runtime/pod-volumes.ts';

export class FakeVolumes implements PodVolumes {
  readonly violations: string[] = [];
  /** What the next tries to set up come to; several queue up. */
  readonly failures: VolumeFailure[] = [];
  /** By volume and path, what containers have left. */
  readonly written = new Map<string, string>();
  /** How much is kept in each emptyDir, by name. */
  readonly used = new Map<string, number>();
  /** How often volumes were set up or renewed. */
  setUps = 0;
  /** Mounting from a server, and unpacking an image, take until this resolves, or it is given up. */
  hangs: Promise<void> | undefined;
  /** Unmounting fails while set. */
  busy = false;
  readonly #made = new Map<string, Map<string, VolumeWish>>();
  readonly #inUse: (podUid: string) => boolean;

  /** `inUse`: something of the pod runs. */
  constructor(inUse: (podUid: string) => boolean) {
    this.#inUse = inUse;
  }

  async setUp(
    podUid: string,
    wishes: readonly VolumeWish[],
    signal: AbortSignal,
  ): Promise<readonly VolumeFailure[]> {
    this.setUps++;
    if (wishes.some(({ kind }) => kind === 'nfs')) await this.#hang(signal);
    const failure = this.failures.shift();
    const made = this.#made.get(podUid) ?? new Map<string, VolumeWish>();
    for (const wish of wishes) if (wish.name !== failure?.volume) made.set(wish.name, wish);
    this.#made.set(podUid, made);
    return failure ? [failure] : [];
  }

  async showImage(podUid: string, volume: string, _: string, signal: AbortSignal): Promise<void> {
    await this.#hang(signal);
    const made = this.#made.get(podUid) ?? new Map<string, VolumeWish>();
    this.#made.set(podUid, made.set(volume, { kind: 'host-path', name: volume, path: '/image', type: '' }));
  }

  async #hang(signal: AbortSignal): Promise<void> {
    if (this.hangs) await Promise.race([this.hangs, once(signal, 'abort')]);
    signal.throwIfAborted();
  }

  async read({ volume, path }: Parameters<PodVolumes['read']>[0]) {
    const text = this.written.get(`${volume.name}/${path}`);
    return text === undefined ? { kind: 'absent' as const } : { kind: 'found' as const, text };
  }

  /** Something lies there from before. */
  leave(podUid: string): void {
    this.#made.set(podUid, new Map());
  }

  /** The texts in a volume's files, by path. */
  files(podUid: string, volume: string): Readonly<Record<string, string>> {
    const wish = this.#made.get(podUid)?.get(volume);
    if (wish?.kind !== 'files') return {};
    const texts = [...wish.files].map(([path, { content }]) => [path, Buffer.from(content).toString()]);
    return Object.fromEntries(texts);
  }

  /** In bytes; undefined where nothing bounds it, or it lies elsewhere. */
  sizeInMemory(podUid: string, volume: string): number | undefined {
    const wish = this.#made.get(podUid)?.get(volume);
    return wish?.kind === 'empty-dir' ? wish.memory?.maxBytes : undefined;
  }

  async hasFiles(podUid: string, { name }: { readonly name: string }): Promise<boolean> {
    return this.#made.get(podUid)?.has(name) ?? false;
  }

  async sources({ podUid, mounts }: Parameters<PodVolumes['sources']>[0]) {
    for (const { volume } of mounts) {
      if (!this.#made.get(podUid)?.has(volume)) this.violations.push(`used before it was made: ${volume}`);
    }
    const sources = mounts.map(({ volume, subPath }) => `/volumes/${podUid}/${volume}/${subPath}`);
    return { kind: 'ok' as const, sources };
  }

  async usage(_podUid: string, volumes: readonly { readonly name: string }[]) {
    const used = volumes.map(
      ({ name }) => [name, { bytes: this.used.get(name) ?? 0, onDisk: true }] as const,
    );
    return new Map(used);
  }

  async measure(_podUid: string, { name }: { readonly name: string }) {
    const filesystem = { capacityBytes: 1000, availableBytes: 400 };
    return { name, usedBytes: this.used.get(name) ?? 0, filesystem };
  }

  async tearDown(podUid: string): Promise<void> {
    if (this.#inUse(podUid)) this.violations.push(`taken away while in use: ${podUid}`);
    if (this.busy && this.#made.has(podUid)) throw new Error('target is busy');
    this.#made.delete(podUid);
  }

  async sweep(): Promise<void> {}

  async held(): Promise<readonly string[]> {
    return [...this.#made.keys()];
  }
}
