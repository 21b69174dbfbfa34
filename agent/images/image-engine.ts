// What images need from the container engine. The runtime implements it; app.ts passes it in.

import type { RegistryCredential } from '../pod/registry-credentials.ts';

export interface ImageEngine {
  /** Undefined when there is no such image here; throws when the engine cannot tell. */
  inspect(reference: string): Promise<ImageFacts | undefined>;
  /**
   * Asks the registry. Resolves with the engine's progress as it comes, JSON objects one per line; a failure may come
   * as a rejection, or as an object in the stream. Aborting ends the pull, and leaves no image.
   */
  pull(source: PullSource, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Every image of the engine, whoever pulled it. */
  list(): Promise<readonly ImageFacts[]>;
  /** The ids of the images of all containers, ended ones and other people's too. */
  inUse(): Promise<ReadonlySet<string>>;
  /** By name or id. Does nothing when it is gone; rejects while it is used, or has other names than the one given. */
  remove(reference: string): Promise<void>;
  /** Makes an image of one layer from a tar archive; resolves when it is there. Idempotent. */
  importArchive(image: ImageArchive): Promise<void>;
}

export interface ImageFacts {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** As Go names them: `linux`, and `amd64`, `arm64`, `arm`, `386` … */
  readonly os: string;
  readonly architecture: string;
}

export interface PullSource {
  /** Registry and path: `docker.io/library/busybox`. */
  readonly name: string;
  /** A tag, or a digest with its algorithm. */
  readonly version: string;
  /** Undefined: anonymously. */
  readonly credential: RegistryCredential | undefined;
}

export interface ImageArchive {
  readonly name: string;
  readonly tag: string;
  readonly archive: Uint8Array;
  /** Dockerfile instructions: `ENTRYPOINT ["/pause"]`. */
  readonly changes: readonly string[];
}
