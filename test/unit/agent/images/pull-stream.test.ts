import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EnsuredImage, ImageRequest } from '../../../../agent/images/image-manager.ts';
import { ImagePullError } from '../../../../agent/images/image-pull-error.ts';
import { pullImage } from '../../../../agent/images/pull-stream.ts';

const FOUND: EnsuredImage = {
  ...{ imageId: 'sha256:1', repoDigests: [], repoTags: ['web:1'], sizeBytes: 42, os: 'linux' },
  ...{ architecture: 'amd64', pulled: true, isNew: true, durationMs: 1, waitedMs: 0 },
};
const CONFIG = JSON.stringify({
  auths: { 'https://registry.example/v1/': { auth: Buffer.from('me:secret').toString('base64') } },
});

/** What the stream says, with a manager that does this. */
async function said(
  ensure: (request: ImageRequest, signal: AbortSignal) => Promise<EnsuredImage | undefined>,
  wish: { readonly image?: string; readonly config?: string } = {},
): Promise<{ lines: unknown[]; failure: string }> {
  const lines: unknown[] = [];
  let nowMs = 0;
  try {
    const { image = 'registry.example/web:1', config = '' } = wish;
    const stream = await pullImage(
      { image, dockerConfigJson: Buffer.from(config) },
      { images: { ensure }, nowMs: () => (nowMs += 300) },
      new AbortController().signal,
    );
    for await (const line of stream) lines.push(JSON.parse(line.toString('utf8')));
    return { lines, failure: '' };
  } catch (error) {
    return { lines, failure: (error as Error).message };
  }
}

describe('a pull for an operator', () => {
  it('asks the registry with the credentials, and tells how far it is and what came', async () => {
    const requests: ImageRequest[] = [];
    const { lines } = await said(
      async (request) => {
        requests.push(request);
        request.onStep?.({ currentBytes: 1, totalBytes: 9 });
        await new Promise((resolve) => setImmediate(resolve));
        return FOUND;
      },
      { config: CONFIG },
    );
    assert.deepEqual(lines, [
      { doneBytes: 1, totalBytes: 9 },
      { sizeBytes: 42, wasHere: false },
    ]);
    assert.deepEqual(
      requests.map(({ policy, logins }) => [policy, logins]),
      [['Always', [{ scope: 'registry.example', username: 'me', password: 'secret', identityToken: '' }]]],
    );
  });

  it('says when it was here already', async () => {
    const { lines } = await said(async () => ({ ...FOUND, isNew: false }));
    assert.deepEqual(lines, [{ sizeBytes: 42, wasHere: true }]);
  });

  it('breaks off with the words of its failure', async () => {
    const failing = async () => {
      throw new ImagePullError('ErrImagePull', 'manifest unknown');
    };
    assert.equal((await said(failing)).failure, 'manifest unknown');
  });

  it('refuses what is no image, and credentials that are none', async () => {
    assert.match((await said(async () => FOUND, { image: 'No Image' })).failure, /no image reference/);
    const { failure } = await said(async () => FOUND, { config: '{"password":"secret"}' });
    assert.equal(failure, 'the credentials for the registry cannot be read');
  });

  it('ends with its stream', async () => {
    let ended: AbortSignal | undefined;
    const ensure = (request: ImageRequest, signal: AbortSignal) => {
      ended = signal;
      request.onStep?.({ currentBytes: 1, totalBytes: 9 });
      return new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const wish = { image: 'web:1', dockerConfigJson: Buffer.alloc(0) };
    const stream = await pullImage(
      wish,
      { images: { ensure }, nowMs: () => 1000 },
      new AbortController().signal,
    );
    for await (const _ of stream) break;
    assert.equal(ended?.aborted, true);
  });
});
