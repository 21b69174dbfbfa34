import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageEngine, ImageFacts, PullSource } from '../../../../agent/images/image-engine.ts';
import { ImageManager, type ImageManagerOptions } from '../../../../agent/images/image-manager.ts';
import type { ImagePullError } from '../../../../agent/images/image-pull-error.ts';
import type { PullProgress } from '../../../../agent/images/pull-progress.ts';
import type { RegistryLogin } from '../../../../agent/pod/registry-credentials.ts';
import { describeError } from '../../../../common/errors.ts';
import { createLog } from '../../../../common/log.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const APP = 'docker.io/me/app:1';
const FACTS: ImageFacts = {
  id: 'sha256:1',
  repoTags: ['me/app:1'],
  repoDigests: [],
  sizeBytes: 10,
  os: 'linux',
  architecture: 'amd64',
};

/** An engine that holds images by name, and whose pulls end when the test says so. */
class ScriptedEngine implements Pick<ImageEngine, 'inspect' | 'pull' | 'list'> {
  readonly images = new Map<string, ImageFacts>();
  readonly pulls: ScriptedPull[] = [];

  async inspect(reference: string): Promise<ImageFacts | undefined> {
    return this.images.get(reference);
  }

  async pull(source: PullSource, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const pull = new ScriptedPull(source, signal, () => {
      this.images.set(`${source.name}:${source.version}`, FACTS);
    });
    this.pulls.push(pull);
    return pull.stream();
  }

  async list(): Promise<readonly ImageFacts[]> {
    return [...this.images.values()];
  }
}

class ScriptedPull {
  readonly source: PullSource;
  readonly signal: AbortSignal;
  readonly #onDone: () => void;
  readonly #end = Promise.withResolvers<string>();
  #said = Promise.withResolvers<string>();

  constructor(source: PullSource, signal: AbortSignal, onDone: () => void) {
    this.source = source;
    this.signal = signal;
    this.#onDone = onDone;
    signal.addEventListener('abort', () => this.#end.reject(new Error('aborted by the client')));
  }

  /** One line of progress. */
  say(line: object): void {
    const said = this.#said;
    this.#said = Promise.withResolvers();
    said.resolve(`${JSON.stringify(line)}\n`);
  }

  succeed(): void {
    this.#onDone();
    this.#end.resolve('{"status":"done"}\n');
  }

  fail(message: string): void {
    this.#end.resolve(`{"errorDetail":{"message":${JSON.stringify(message)}}}\n`);
  }

  async *stream(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"status":"Pulling"}\n');
    const end = this.#end.promise;
    for (let over = false; !over; ) {
      const said = this.#said.promise;
      yield Buffer.from(await Promise.race([said, end.finally(() => (over = true))]));
    }
  }
}

function setUp(options: Partial<ImageManagerOptions> = {}) {
  const engine = new ScriptedEngine();
  const clock = new ManualClock();
  const manager = new ImageManager({
    engine,
    clock,
    log: createLog({ name: 'test', level: 'silent' }),
    platform: { os: 'linux', architecture: 'amd64' },
    ...options,
  });
  const announced: string[] = [];
  const told: PullProgress[] = [];
  const ensure = (
    image: string,
    policy?: string,
    signal = new AbortController().signal,
    logins: readonly RegistryLogin[] = [],
  ) => {
    const onPulling = () => announced.push(image);
    const onProgress = (progress: PullProgress) => told.push(progress);
    const request = { image, policy, podUid: 'uid', logins, onPulling, onProgress };
    const done = manager.ensure(request, signal).then((ensured) => {
      assert.ok(ensured);
      return ensured;
    });
    done.catch(() => {});
    return done;
  };
  return { engine, clock, manager, ensure, announced, told };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const reason = (wanted: string, message: RegExp) => (error: ImagePullError) => {
  assert.equal(error.reason, wanted);
  assert.match(error.message, message);
  return true;
};

describe('ImageManager', () => {
  it('takes a present image without asking the registry', async () => {
    const { engine, ensure, announced } = setUp();
    engine.images.set(APP, FACTS);
    for (const policy of ['IfNotPresent', 'Never', undefined]) {
      const { pulled, imageId, durationMs } = await ensure('me/app:1', policy);
      assert.deepEqual(
        { pulled, imageId, durationMs },
        { pulled: false, imageId: 'sha256:1', durationMs: 0 },
      );
    }
    assert.equal(engine.pulls.length, 0);
    assert.deepEqual(announced, []);
  });

  it('asks no registry before it is known who asks, and needs nobody for a present image', async () => {
    const { engine, manager, announced } = setUp();
    const ask = (policy: string) =>
      manager.ensure(
        {
          image: 'me/app:1',
          policy,
          podUid: 'uid',
          logins: undefined,
          onPulling: () => announced.push(policy),
          onProgress: () => {},
        },
        new AbortController().signal,
      );
    assert.equal(await ask('IfNotPresent'), undefined);
    engine.images.set(APP, FACTS);
    assert.equal((await ask('IfNotPresent'))?.imageId, FACTS.id);
    assert.equal(await ask('Always'), undefined);
    assert.deepEqual([engine.pulls, announced], [[], []]);
  });

  for (const [image, policy] of [
    ['me/app:1', 'Always'],
    ['me/app', undefined],
    ['me/app:latest', 'Nonsense'],
  ]) {
    it(`asks the registry for a present ${image} under ${policy}`, async () => {
      const { engine, ensure, announced } = setUp();
      engine.images.set(APP, FACTS);
      engine.images.set('docker.io/me/app:latest', FACTS);
      const done = ensure(image ?? '', policy);
      await turn();
      engine.pulls[0]?.succeed();
      assert.equal((await done).pulled, true);
      assert.deepEqual(announced, [image]);
    });
  }

  it('refuses an absent image under Never', async () => {
    const { ensure } = setUp();
    await assert.rejects(
      ensure('me/app:1', 'Never'),
      reason('ErrImageNeverPull', /^Container image "me\/app:1" is not present with pull policy of Never$/),
    );
  });

  it('refuses a name that is none', async () => {
    const { ensure } = setUp();
    await assert.rejects(ensure('UPPER CASE'), reason('InvalidImageName', /couldn't parse image name/));
  });

  it('pulls by digest when there is one', async () => {
    const { engine, ensure } = setUp();
    const digest = `sha256:${'0'.repeat(64)}`;
    const done = ensure(`me/app:1@${digest}`);
    await turn();
    const source = { name: 'docker.io/me/app', version: digest, credential: undefined };
    assert.deepEqual(engine.pulls[0]?.source, source);
    engine.images.set(`docker.io/me/app@${digest}`, FACTS);
    engine.pulls[0]?.succeed();
    assert.equal((await done).pulled, true);
  });

  it('reports an engine that cannot be asked', async () => {
    const { engine, ensure } = setUp();
    engine.inspect = () => Promise.reject(new Error('connect ENOENT /var/run/docker.sock'));
    await assert.rejects(ensure('me/app:1'), reason('ImageInspectError', /Failed to inspect.*ENOENT/));
  });

  it('says once what the engine says of a pull', async () => {
    const { engine, ensure } = setUp();
    const cause = new Error('(HTTP code 500) server error - no such host ');
    engine.pull = () => Promise.reject(new Error('no such host', { cause }));
    const failure = await ensure('me/app:1').catch(describeError);
    assert.equal(failure, 'failed to pull image "me/app:1": no such host');
  });

  const failures: [text: string, wanted: string, message: RegExp][] = [
    ['manifest unknown', 'ErrImagePull', /^failed to pull image "me\/app:1": manifest unknown$/],
    ['received unexpected HTTP status: 503 Service Unavailable', 'RegistryUnavailable', /is unavailable/],
    [
      'no matching manifest for linux/amd64 in the manifest list',
      'ErrImagePull',
      /no build for this machine/,
    ],
    ['no basic auth credentials', 'ErrImagePull', /wants credentials/],
  ];
  for (const [text, wanted, message] of failures) {
    it(`reports '${text}' inside the stream as ${wanted}`, async () => {
      const { engine, ensure } = setUp();
      const done = ensure('me/app:1');
      await turn();
      engine.pulls[0]?.fail(text);
      await assert.rejects(done, reason(wanted, message));
    });
  }

  it('refuses an image built for another machine, and says which', async () => {
    const { engine, ensure } = setUp({ platform: { os: 'linux', architecture: 'arm64' } });
    engine.images.set(APP, FACTS);
    await assert.rejects(
      ensure('me/app:1'),
      reason('ErrImagePull', /built for linux\/amd64, but this machine runs linux\/arm64/),
    );
  });

  it('makes one pull of many askers', async () => {
    const { engine, ensure, announced } = setUp();
    const all = [ensure('me/app:1'), ensure('docker.io/me/app:1'), ensure('me/app:1', 'Always')];
    await turn();
    assert.equal(engine.pulls.length, 1);
    engine.pulls[0]?.succeed();
    for (const { pulled } of await Promise.all(all)) assert.equal(pulled, true);
    assert.equal(announced.length, 3);
  });

  const login = (username: string, scope = 'index.docker.io'): RegistryLogin => ({
    ...{ scope, username, password: 'secret', identityToken: '' },
  });
  const askers = (engine: ScriptedEngine) => engine.pulls.map(({ source }) => source.credential?.username);

  it('asks with each credential that fits, then as nobody, and tells the first failure', async () => {
    const { engine, ensure } = setUp();
    const logins = [login('a', 'docker.io/me'), login('x', 'elsewhere.example'), login('b')];
    const done = ensure('me/app:1', 'Always', undefined, logins);
    for (const [index, text] of ['denied to a', 'denied to b', 'denied to all'].entries()) {
      await turn();
      engine.pulls[index]?.fail(text);
    }
    await assert.rejects(done, reason('ErrImagePull', /denied to/));
    assert.deepEqual(askers(engine), ['b', 'a', undefined]);
  });

  it('does not let who has no credentials share a pull of who has', async () => {
    const { engine, ensure } = setUp({ parallelPulls: 2 });
    const all = [ensure('me/app:1', 'Always', undefined, [login('a')]), ensure('me/app:1', 'Always')];
    await turn();
    assert.deepEqual(askers(engine), ['a', undefined]);
    for (const pull of engine.pulls) pull.succeed();
    await Promise.all(all);
  });

  it('tells of a long pull, the longer the more seldom', async () => {
    const { engine, clock, ensure, told } = setUp();
    const done = ensure('me/app:1');
    await turn();
    const layer = (id: string, current: number, total: number) =>
      engine.pulls[0]?.say({ status: 'Downloading', id, progressDetail: { current, total } });
    for (let seconds = 0; seconds < 100; seconds += 5) {
      layer('one', seconds, 100);
      await clock.advance(5000);
    }
    engine.pulls[0]?.say({ status: 'Download complete', id: 'one' });
    layer('two', 1, 7);
    await clock.advance(100_000);
    layer('two', 2, 7);
    await clock.advance(0);
    assert.deepEqual(told, [
      { currentBytes: 15, totalBytes: 100 },
      { currentBytes: 45, totalBytes: 100 },
      { currentBytes: 102, totalBytes: 107 },
    ]);
    engine.pulls[0]?.succeed();
    await done;
  });

  it('notes what it pulled, but not what was here under another name', async () => {
    const noted: string[] = [];
    const used: string[] = [];
    const pulled = {
      pulled: async (id: string, name: string) => void noted.push(`${id} ${name}`),
      used: (id: string) => void used.push(id),
    };
    const { engine, ensure } = setUp({ pulled });
    const first = ensure('me/app:1');
    await turn();
    engine.pulls[0]?.succeed();
    await first;
    const again = ensure('me/app:2');
    await turn();
    engine.pulls[1]?.succeed();
    await again;
    assert.deepEqual(noted, ['sha256:1 docker.io/me/app:1']);
    assert.deepEqual(used, ['sha256:1', 'sha256:1']);
  });

  it('pulls one image after another, and tells how long each waited', async () => {
    const { engine, clock, ensure } = setUp();
    const first = ensure('me/app:1');
    const second = ensure('me/app:2');
    await turn();
    assert.equal(engine.pulls.length, 1);
    await clock.advance(2000);
    engine.pulls[0]?.succeed();
    const { durationMs, waitedMs } = await first;
    assert.deepEqual({ durationMs, waitedMs }, { durationMs: 2000, waitedMs: 0 });
    await turn();
    await clock.advance(500);
    engine.pulls[1]?.succeed();
    const later = await second;
    assert.deepEqual([later.durationMs, later.waitedMs], [500, 2000]);
  });

  it('pulls side by side when told to', async () => {
    const { engine, manager, ensure } = setUp({ parallelPulls: 2 });
    const all = ['me/app:1', 'me/app:2', 'me/app:3'].map((image) => ensure(image));
    await turn();
    assert.equal(engine.pulls.length, 2);
    await manager[Symbol.asyncDispose]();
    await Promise.allSettled(all);
  });

  it('lets the others wait on when one asker leaves', async () => {
    const { engine, ensure } = setUp();
    const leaving = new AbortController();
    const left = ensure('me/app:1', 'Always', leaving.signal);
    const staying = ensure('me/app:1', 'Always');
    await turn();
    leaving.abort();
    await assert.rejects(left, { name: 'AbortError' });
    assert.equal(engine.pulls[0]?.signal.aborted, false);
    engine.pulls[0]?.succeed();
    assert.equal((await staying).pulled, true);
  });

  it('aborts the pull when the last asker leaves, and a newcomer gets a new one', async () => {
    const { engine, ensure } = setUp();
    const leaving = new AbortController();
    const left = ensure('me/app:1', 'Always', leaving.signal);
    await turn();
    leaving.abort();
    await assert.rejects(left, { name: 'AbortError' });
    assert.equal(engine.pulls[0]?.signal.aborted, true);
    const newcomer = ensure('me/app:1', 'Always');
    await turn();
    engine.pulls[1]?.succeed();
    assert.equal((await newcomer).pulled, true);
  });

  it('forgets an asker that leaves the queue before its turn', async () => {
    const { engine, ensure } = setUp();
    const leaving = new AbortController();
    const first = ensure('me/app:1', 'Always');
    const left = ensure('me/app:2', 'Always', leaving.signal);
    const third = ensure('me/app:3', 'Always');
    await turn();
    leaving.abort();
    await assert.rejects(left, { name: 'AbortError' });
    engine.pulls[0]?.succeed();
    await first;
    await turn();
    assert.equal(engine.pulls[1]?.source.version, '3');
    engine.pulls[1]?.succeed();
    await third;
  });

  it('asks again after a failure', async () => {
    const { engine, ensure } = setUp();
    const failed = ensure('me/app:1');
    await turn();
    engine.pulls[0]?.fail('unexpected EOF');
    await assert.rejects(failed);
    const again = ensure('me/app:1');
    await turn();
    engine.pulls[1]?.succeed();
    assert.equal((await again).pulled, true);
  });

  it('gives up a pull that stands still, and lets the next one go', async () => {
    const { engine, clock, ensure } = setUp({ stallTimeoutMs: 60_000 });
    const stuck = ensure('me/app:1');
    const next = ensure('me/app:2');
    await turn();
    await clock.advance(59_000);
    assert.equal(engine.pulls[0]?.signal.aborted, false);
    await clock.advance(2_000);
    await assert.rejects(stuck, reason('ErrImagePull', /no progress for 60 s/));
    await turn();
    engine.pulls[1]?.succeed();
    await next;
  });

  it('ends its pulls when it is disposed of', async () => {
    const { engine, manager, ensure } = setUp();
    const running = ensure('me/app:1');
    const queued = ensure('me/app:2');
    await turn();
    await manager[Symbol.asyncDispose]();
    assert.equal(engine.pulls[0]?.signal.aborted, true);
    await assert.rejects(running);
    await assert.rejects(queued);
  });

  it('leaves no sleeper behind', async () => {
    const { engine, clock, ensure } = setUp();
    const done = ensure('me/app:1');
    await turn();
    engine.pulls[0]?.succeed();
    await done;
    assert.equal(clock.sleepers, 0);
  });
});
