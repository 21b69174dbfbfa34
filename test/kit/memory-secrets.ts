// A working store of Secrets in memory, with the conflicts a real API server would report.
import { LongshoreError } from '../../common/errors.ts';
import type { SecretStore, StoredSecret } from '../../controller/pki/secret-store.ts';

export class MemorySecrets implements SecretStore {
  readonly #secrets = new Map<string, StoredSecret>();
  #version = 0;

  get all(): readonly StoredSecret[] {
    return [...this.#secrets.values()];
  }

  async get(name: string): Promise<StoredSecret | undefined> {
    return this.#secrets.get(name);
  }

  async list(label: string): Promise<readonly StoredSecret[]> {
    return this.all.filter((secret) => label in secret.labels);
  }

  async create(secret: Omit<StoredSecret, 'resourceVersion'>): Promise<StoredSecret> {
    if (this.#secrets.has(secret.name)) throw new LongshoreError('already-exists', `${secret.name} exists`);
    return this.#put(secret);
  }

  async update(secret: StoredSecret): Promise<StoredSecret> {
    this.#expect(secret.name, secret.resourceVersion, 'not-found');
    return this.#put(secret);
  }

  async delete(name: string, resourceVersion: string): Promise<void> {
    if (!this.#secrets.has(name)) return;
    this.#expect(name, resourceVersion, 'not-found');
    this.#secrets.delete(name);
  }

  #put(secret: Omit<StoredSecret, 'resourceVersion'>): StoredSecret {
    const stored = { ...secret, resourceVersion: String(++this.#version) };
    this.#secrets.set(secret.name, stored);
    return stored;
  }

  #expect(name: string, resourceVersion: string, absent: 'not-found'): void {
    const stored = this.#secrets.get(name);
    if (!stored) throw new LongshoreError(absent, `${name} is gone`);
    if (stored.resourceVersion !== resourceVersion)
      throw new LongshoreError('conflict', `${name} has changed`);
  }
}
