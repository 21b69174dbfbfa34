// What a simulated agent holds of the API's objects: of each its revision, which is all that it is ever asked for.
import type { ObjectHost, ObjectNews } from '../../../agent/link/object-host.ts';

export class SimulatedObjects implements ObjectHost {
  readonly #revisions = new Map<string, string>();

  async put(key: string, news: ObjectNews): Promise<void> {
    if (news.kind === 'found') this.#revisions.set(key, news.revision);
    else if (news.kind === 'absent') this.#revisions.delete(key);
  }

  async drop(key: string): Promise<void> {
    this.#revisions.delete(key);
  }

  async retain(keys: ReadonlySet<string>): Promise<void> {
    for (const key of this.#revisions.keys()) if (!keys.has(key)) this.#revisions.delete(key);
  }

  held(): readonly { readonly key: string; readonly revision: string }[] {
    return [...this.#revisions].map(([key, revision]) => ({ key, revision }));
  }
}
