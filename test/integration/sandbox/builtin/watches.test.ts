// Watches over HTTP: what they tell, where they begin and when they end.
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../../common/clock.ts';
import { type Fixture, podManifest, startFixture } from './server-fixture.ts';

const PODS = '/api/v1/namespaces/default/pods';
const MERGE = 'application/merge-patch+json';

let fixture: Fixture;
let passedMs = 0;

before(async () => {
  const clock = { ...systemClock, now: () => systemClock.now() + passedMs };
  fixture = await startFixture({ clock, scheduler: false, bookmarkMs: 50, historyLimit: 40 });
});
after(() => fixture[Symbol.asyncDispose]());

async function createPod(name: string, more?: Parameters<typeof podManifest>[1]) {
  const { code, body } = await fixture.call('POST', PODS, { body: podManifest(name, more) });
  assert.equal(code, 201, JSON.stringify(body));
  return body;
}

async function nextLine(lines: AsyncIterator<string>) {
  const { value, done } = await lines.next();
  assert.equal(done ?? false, false, 'the watch ended');
  return JSON.parse(value);
}

async function watchLines(path: string, options?: { readonly accept: string }) {
  const response = await fixture.open(path, options);
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  return { lines, code: response.statusCode, [Symbol.dispose]: () => void response.destroy() };
}

test('a watch tells what happens, with bookmarks, and ends in time', async () => {
  const { body: list } = await fixture.call('GET', PODS);
  const version = list.metadata.resourceVersion;
  const path = `${PODS}?watch=1&allowWatchBookmarks=true&timeoutSeconds=3&labelSelector=w&resourceVersion=${version}`;
  using watch = await watchLines(path);
  const bookmark = await nextLine(watch.lines);
  assert.equal(bookmark.type, 'BOOKMARK');
  assert.equal(bookmark.object.kind, 'Pod');
  await createPod('watched', { labels: { w: '1' } });
  const seen: string[] = [];
  await fixture.call('PATCH', `${PODS}/watched`, {
    body: { metadata: { labels: { w: null } } },
    contentType: MERGE,
  });
  for (;;) {
    const { value, done } = await watch.lines.next();
    if (done) break;
    const event = JSON.parse(value);
    if (event.type !== 'BOOKMARK') seen.push(`${event.type} ${event.object.metadata.name}`);
  }
  assert.deepEqual(seen, ['ADDED watched', 'DELETED watched']);
});

test('a watch may begin with what there is and say where that ends', async () => {
  await createPod('initial', { labels: { initial: 'yes' } });
  const query =
    'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=initial';
  using watch = await watchLines(`${PODS}?${query}`);
  assert.equal((await nextLine(watch.lines)).type, 'ADDED');
  const end = await nextLine(watch.lines);
  assert.equal(end.type, 'BOOKMARK');
  assert.equal(end.object.metadata.annotations['k8s.io/initial-events-end'], 'true');
});

test('the ages in a watched table are those of each event', async () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  using watch = await watchLines(`${PODS}?watch=1&fieldSelector=metadata.name=aging`, { accept });
  await createPod('aging');
  const ageOf = ({ object }: { object: { rows: { cells: unknown[] }[] } }) => object.rows[0]?.cells[4];
  assert.match(String(ageOf(await nextLine(watch.lines))), /^\ds$/);
  passedMs += 3 * 60_000;
  const body = { metadata: { labels: { older: 'yes' } } };
  await fixture.call('PATCH', `${PODS}/aging`, { body, contentType: MERGE });
  assert.match(String(ageOf(await nextLine(watch.lines))), /^3m/);
});

test('a watch from a version that is forgotten ends with a 410', async () => {
  const pod = await createPod('old');
  for (let index = 0; index < 60; index++) {
    const body = { metadata: { labels: { index: String(index) } } };
    await fixture.call('PATCH', `${PODS}/old`, { body, contentType: MERGE });
  }
  for (const version of [pod.metadata.resourceVersion, '5']) {
    const { code, body } = await fixture.call('GET', `${PODS}?watch=1&resourceVersion=${version}`);
    assert.equal(code, 200);
    assert.equal(body.type, 'ERROR');
    assert.partialDeepStrictEqual(body.object, { kind: 'Status', code: 410, reason: 'Expired' });
  }
});
