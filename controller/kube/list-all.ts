// A collection as a whole, page by page.
import { ApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { decodeObject, type KubeObject } from './watch.ts';

export const PAGE_SIZE = 500;
const LIST_TIMEOUT_MS = 60_000;

interface ListOptions {
  readonly path: string;
  readonly query: {
    readonly fieldSelector?: string | undefined;
    readonly labelSelector?: string | undefined;
  };
  readonly pageSize: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** All pages or an error; never a part. */
export async function listAll<T extends KubeObject>(
  client: KubeClient,
  { path, query, pageSize, signal }: ListOptions,
): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }> {
  const items: T[] = [];
  let page: string | undefined;
  for (;;) {
    const answer = await client.request<ListAnswer>({
      method: 'GET',
      path,
      query: { ...query, limit: pageSize, continue: page },
      timeoutMs: LIST_TIMEOUT_MS,
      ...(signal && { signal }),
    });
    const { resourceVersion } = answer.metadata ?? {};
    if (!resourceVersion || (answer.items !== null && !Array.isArray(answer.items))) {
      throw new ApiError('unavailable', `GET ${path}: the answer is not a list`);
    }
    for (const item of answer.items ?? []) items.push(decodeObject(path, item) as T);
    page = answer.metadata?.continue;
    if (!page) return { items, resourceVersion };
  }
}

interface ListAnswer {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly unknown[] | null;
}
