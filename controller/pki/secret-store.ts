// What this room needs of the place where its Secrets live. The caller fixes the namespace.

export interface StoredSecret {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Values as they are, not in base64. */
  readonly data: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
}

export type NewSecret = Omit<StoredSecret, 'resourceVersion'>;

/** Rejects with a LongshoreError; `unavailable` when the store cannot be asked. */
export interface SecretStore {
  get(name: string): Promise<StoredSecret | undefined>;
  /** Those that carry this label, whatever its value. */
  list(label: string): Promise<readonly StoredSecret[]>;
  /** Rejects with `already-exists`. */
  create(secret: NewSecret): Promise<StoredSecret>;
  /** Replaces it. Rejects with `conflict` when the resourceVersion is no longer the newest, `not-found` when gone. */
  update(secret: StoredSecret): Promise<StoredSecret>;
  /** Idempotent. Rejects with `conflict` when the resourceVersion is no longer the newest. */
  delete(name: string, resourceVersion: string): Promise<void>;
}
