// A small working object host: holds what it is told of the API's objects, in memory.
import type { ObjectHost, ObjectNews } from '../../agent/link/object-host.ts';

export class MemoryObjectHost implements ObjectHost {
  /** `<revision> <json>`, `absent`, or `kept <reason>` of what is not known. */
  readonly objects = new Map<string, string>();

  async put(key: string, news: ObjectNews): Promise<void> {
    if (news.kind === 'found') this.objects.set(key, `${news.revision} ${news.json.toString('utf8')}`);
    else if (news.kind === 'absent') this.objects.set(key, 'absent');
    else if (!this.objects.has(key)) this.objects.set(key, `kept ${news.reason}`);
  }

  async drop(key: string): Promise<void> {
    this.objects.delete(key);
  }

  async retain(keys: ReadonlySet<string>): Promise<void> {
    for (const key of [...this.objects.keys()]) if (!keys.has(key)) this.objects.delete(key);
  }

  held(): readonly { readonly key: string; readonly revision: string }[] {
    return [...this.objects].flatMap(([key, text]) => {
      const [revision = ''] = text.split(' ');
      return revision === 'absent' || revision === 'kept' ? [] : [{ key, revision }];
    });
  }
}
