import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { systemClock } from '../../../../common/clock.ts';
import { createLog } from '../../../../common/log.ts';
import { createKubeClient } from '../../../../controller/kube/client.ts';
import { createReflector, type Reflector } from '../../../../controller/kube/reflector.ts';
import type { KubeObject } from '../../../../controller/kube/watch.ts';
import { eventually } from '../../../kit/eventually.ts';
import {
  type ScriptedRequest,
  sendJson,
  sendStatus,
  startScriptedServer,
} from '../../../kit/scripted-server.ts';

const log = createLog({ name: 'test', level: 'silent' });

type Answer = (response: ServerResponse, request: ScriptedRequest) => void;

const object = (name: string, uid: string, resourceVersion: string) => ({
  metadata: { name, namespace: 'ns', uid, resourceVersion, managedFields: [{ manager: 'x' }] },
});
const list =
  (resourceVersion: string, items: object[], page?: string): Answer =>
  (response) =>
    sendJson(response, 200, { metadata: { resourceVersion, ...(page ? { continue: page } : {}) }, items });
const fails =
  (code: number, reason = 'InternalError'): Answer =>
  (response) =>
    sendStatus(response, code, reason);
const reset: Answer = (response) => {
  response.socket?.resetAndDestroy();
};
const cutOff: Answer = (response) => {
  response.writeHead(200, { 'content-length': '1000' }).write('{"items":[');
  setTimeout(() => response.socket?.destroy(), 20);
};
/** A watch that tells these events and then ends, stays open, or is reset. */
const watched =
  (events: readonly (object | string)[], end: 'close' | 'stay' | 'reset'): Answer =>
  (response) => {
    response.writeHead(200);
    response.write(
      events.map((event) => (typeof event === 'string' ? event : `${JSON.stringify(event)}\n`)).join(''),
    );
    if (end === 'close') response.end();
    if (end === 'reset') setTimeout(() => response.socket?.resetAndDestroy(), 20);
  };
const added = (name: string, uid: string, version: string) => ({
  type: 'ADDED',
  object: object(name, uid, version),
});
const gone410 = {
  type: 'ERROR',
  object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' },
};

interface Observed {
  readonly told: string[];
  readonly reflector: Reflector<KubeObject>;
  /** One line per request: `list`, `list page=<token>`, `watch from=<version>`. */
  readonly asked: () => string[];
}

/** Runs a reflector against a script: lists and watches are answered in order; what is beyond stays open. */
async function reflecting(
  script: { lists: readonly Answer[]; watches?: readonly Answer[] },
  act: (observed: Observed) => Promise<void>,
): Promise<void> {
  const lists = [...script.lists];
  const watches = [...(script.watches ?? [])];
  await using server = await startScriptedServer((request, response) => {
    const answer = (request.query.has('watch') ? watches : lists).shift();
    if (answer) answer(response, request);
    else if (request.query.has('watch')) response.writeHead(200).flushHeaders();
    else throw new Error('an unexpected list');
  });
  await using client = createKubeClient({ kubeconfigPath: server.kubeconfigPath, clock: systemClock, log });
  const told: string[] = [];
  const reflector = createReflector<KubeObject>(
    {
      client,
      path: '/api/v1/pods',
      fieldSelector: 'spec.nodeName=n',
      observer: {
        changed: ({ metadata: { uid, resourceVersion } }) => told.push(`${uid}@${resourceVersion}`),
        vanished: (uid) => told.push(`-${uid}`),
        synced: () => told.push('synced'),
      },
    },
    { clock: systemClock, log, random: () => 0.9 },
  );
  const abort = new AbortController();
  const running = reflector.run(abort.signal);
  const asked = () =>
    server.requests.map(({ query }) =>
      query.has('watch')
        ? `watch from=${query.get('resourceVersion')}`
        : `list${query.has('continue') ? ` page=${query.get('continue')}` : ''}`,
    );
  try {
    await act({ told, reflector, asked });
  } finally {
    abort.abort();
    await running;
  }
  assert.deepEqual(server.faults, []);
  for (const { query } of server.requests) assert.equal(query.get('fieldSelector'), 'spec.nodeName=n');
}

const toldIs = (observed: Observed, expected: readonly string[]) =>
  eventually(() => assert.deepEqual(observed.told, expected) === undefined, { timeoutMs: 5000, everyMs: 10 });

describe('a reflector', () => {
  it('tells the whole list, all pages of it, and then what the watch brings', async () => {
    await reflecting(
      {
        lists: [list('5', [object('a', 'A', '1')], 'p2'), list('5', [object('b', 'B', '2')])],
        watches: [
          watched(
            [
              added('c', 'C', '6'),
              { type: 'MODIFIED', object: object('a', 'A', '7') },
              { type: 'DELETED', object: object('b', 'B', '8') },
            ],
            'stay',
          ),
        ],
      },
      async (observed) => {
        await toldIs(observed, ['A@1', 'B@2', 'synced', 'C@6', 'A@7', '-B']);
        await observed.reflector.synced;
        assert.deepEqual(observed.asked(), ['list', 'list page=p2', 'watch from=5']);
        assert.deepEqual(
          observed.reflector.list().map(({ metadata }) => metadata.uid),
          ['A', 'C'],
        );
        assert.equal(observed.reflector.byName('c', 'ns')?.metadata.uid, 'C');
        assert.equal(observed.reflector.byName('b', 'ns'), undefined);
        assert.ok(!('managedFields' in (observed.reflector.get('A')?.metadata ?? {})));
        assert.equal(observed.reflector.trouble, undefined);
      },
    );
  });

  it('tells nothing of a list that fails in the middle, and everything of the next', async () => {
    await reflecting(
      { lists: [list('5', [object('a', 'A', '1')], 'p2'), fails(500), list('6', [object('b', 'B', '2')])] },
      async (observed) => {
        await toldIs(observed, ['B@2', 'synced']);
        assert.deepEqual(observed.asked().slice(0, 3), ['list', 'list page=p2', 'list']);
      },
    );
  });

  it('asks for the list in one piece when its pages expire under way', async () => {
    const limits: (string | null)[] = [];
    const noting =
      (answer: Answer): Answer =>
      (response, request) => {
        limits.push(request.query.get('limit'));
        answer(response, request);
      };
    await reflecting(
      {
        lists: [
          noting(list('5', [object('a', 'A', '1')], 'p2')),
          noting(fails(410, 'Expired')),
          noting(list('6', [object('a', 'A', '1')])),
        ],
      },
      async (observed) => {
        await toldIs(observed, ['A@1', 'synced']);
        assert.deepEqual(limits, ['500', '500', null]);
      },
    );
  });

  const badLists: [string, Answer][] = [
    ['is no list', (response) => sendJson(response, 200, { kind: 'Status' })],
    ['holds an object without uid', list('5', [{ metadata: { name: 'a', resourceVersion: '1' } }])],
    ['is cut off', cutOff],
    ['is reset', reset],
  ];
  for (const [what, bad] of badLists) {
    it(`takes no notice of a list that ${what}`, async () => {
      // A cut connection is repeated by the client itself, so the bad answer comes as often as it may be asked for.
      const first = ['is cut off', 'is reset'].includes(what) ? [bad, bad, bad] : [bad];
      await reflecting({ lists: [...first, list('6', [object('b', 'B', '2')])] }, async (observed) => {
        await toldIs(observed, ['B@2', 'synced']);
      });
    });
  }

  it('resumes from the last version after a close, a reset, a 500 and half an event, telling nothing twice', async () => {
    await reflecting(
      {
        lists: [list('5', [])],
        watches: [
          watched([added('a', 'A', '6')], 'close'),
          watched([added('b', 'B', '7')], 'reset'),
          fails(500),
          watched([added('c', 'C', '8'), '{"type":"ADDED","object":{"met'], 'close'),
          watched([added('d', 'D', '9')], 'stay'),
        ],
      },
      async (observed) => {
        await toldIs(observed, ['synced', 'A@6', 'B@7', 'C@8', 'D@9']);
        assert.deepEqual(observed.asked(), [
          'list',
          'watch from=5',
          'watch from=6',
          'watch from=7',
          'watch from=7',
          'watch from=8',
        ]);
      },
    );
  });

  it('resumes from a bookmark', async () => {
    await reflecting(
      {
        lists: [list('5', [])],
        watches: [
          watched([{ type: 'BOOKMARK', object: { metadata: { resourceVersion: '40' } } }], 'close'),
          watched([added('a', 'A', '41')], 'stay'),
        ],
      },
      async (observed) => {
        await toldIs(observed, ['synced', 'A@41']);
        assert.deepEqual(observed.asked(), ['list', 'watch from=5', 'watch from=40']);
      },
    );
  });

  for (const [how, answer] of [
    ['as an event', watched([gone410], 'close')],
    ['as the answer', fails(410, 'Expired')],
  ] as const) {
    it(`lists again after 410 ${how}, and tells what vanished meanwhile`, async () => {
      await reflecting(
        {
          lists: [
            list('5', [object('a', 'A', '1'), object('b', 'B', '2'), object('c', 'C', '3')]),
            list('90', [object('b', 'B', '2'), object('c', 'C2', '80'), object('d', 'D', '70')]),
          ],
          watches: [answer],
        },
        async (observed) => {
          await toldIs(observed, ['A@1', 'B@2', 'C@3', 'synced', '-A', '-C', 'C2@80', 'D@70']);
          await eventually(() => observed.asked().at(-1) === 'watch from=90');
        },
      );
    });
  }

  it('tells that the old one vanished when a name comes back with a new UID', async () => {
    await reflecting(
      { lists: [list('5', [object('a', 'A', '1')])], watches: [watched([added('a', 'A2', '9')], 'stay')] },
      async (observed) => {
        await toldIs(observed, ['A@1', 'synced', '-A', 'A2@9']);
        assert.equal(observed.reflector.byName('a', 'ns')?.metadata.uid, 'A2');
      },
    );
  });

  it('ignores the late end of a UID whose name is taken by another', async () => {
    await reflecting(
      {
        lists: [list('5', [object('a', 'A2', '4')])],
        watches: [
          watched([{ type: 'DELETED', object: object('a', 'A', '6') }, added('b', 'B', '7')], 'stay'),
        ],
      },
      async (observed) => {
        await toldIs(observed, ['A2@4', 'synced', 'B@7']);
      },
    );
  });

  it('lists again when an event cannot be read, since a change may be lost', async () => {
    await reflecting(
      {
        lists: [list('5', []), list('6', [object('a', 'A', '6')])],
        watches: [watched(['no json\n'], 'stay')],
      },
      async (observed) => {
        await toldIs(observed, ['synced', 'A@6']);
      },
    );
  });

  it('says what is wrong while the server is away, and paces itself', async () => {
    await reflecting(
      { lists: Array.from({ length: 50 }, () => fails(403, 'Forbidden')) },
      async (observed) => {
        const startedMs = performance.now();
        await eventually(() => observed.asked().length >= 3, { everyMs: 5 });
        assert.ok(performance.now() - startedMs > 150, 'three lists within 0.15 s');
        assert.match(String(observed.reflector.trouble), /Forbidden/);
        assert.ok(!observed.reflector.isSynced);
      },
    );
  });
});
