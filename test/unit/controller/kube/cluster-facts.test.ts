import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { systemClock } from '../../../../common/clock.ts';
import { createLog } from '../../../../common/log.ts';
import { createKubeClient } from '../../../../controller/kube/client.ts';
import { createClusterFacts, type KubeClusterFacts } from '../../../../controller/kube/cluster-facts.ts';
import { eventually } from '../../../kit/eventually.ts';
import { sendJson, sendStatus, startScriptedServer } from '../../../kit/scripted-server.ts';

const log = createLog({ name: 'test', level: 'silent' });
const NAMESPACES = '/api/v1/namespaces';
const BUDGETS = '/apis/policy/v1/poddisruptionbudgets';

interface Cluster {
  readonly facts: KubeClusterFacts;
  /** Answers lists of this collection from now on; before: nobody does. */
  readonly answer: (path: string, answer: (response: ServerResponse) => void) => void;
  /** Tells an event to whoever watches this collection; false: nobody does yet. */
  readonly tell: (path: string, event: object) => boolean;
  readonly changes: () => number;
}

async function following(act: (cluster: Cluster) => Promise<void>): Promise<void> {
  const answers = new Map<string, (response: ServerResponse) => void>();
  const asking = new Map<string, ServerResponse>();
  const watching = new Map<string, ServerResponse>();
  await using server = await startScriptedServer(({ path, query }, response) => {
    if (query.has('watch')) {
      response.writeHead(200).flushHeaders();
      watching.set(path, response);
      return;
    }
    const answer = answers.get(path);
    if (answer) answer(response);
    else asking.set(path, response);
  });
  await using client = createKubeClient({ kubeconfigPath: server.kubeconfigPath, clock: systemClock, log });
  let changes = 0;
  const onChange = () => {
    changes += 1;
  };
  const facts = createClusterFacts({ client, onChange }, { clock: systemClock, log });
  const abort = new AbortController();
  const running = facts.run(abort.signal);
  try {
    await act({
      facts,
      answer(path, answer) {
        answers.set(path, answer);
        const response = asking.get(path);
        asking.delete(path);
        if (response) answer(response);
      },
      tell(path, event) {
        const response = watching.get(path);
        response?.write(`${JSON.stringify(event)}\n`);
        return response !== undefined;
      },
      changes: () => changes,
    });
    assert.deepEqual(server.faults, []);
  } finally {
    abort.abort();
    await running;
  }
}

const listOf = (items: object[]) => (response: ServerResponse) =>
  sendJson(response, 200, { metadata: { resourceVersion: '5' }, items });
const namespace = (labels: Record<string, string>, resourceVersion: string) => ({
  metadata: { name: 'shop', uid: 'uid-shop', resourceVersion, labels },
});

describe('facts of the cluster', () => {
  test('what has not been listed is not known', async () => {
    await following(async ({ facts, answer, changes }) => {
      assert.deepEqual(facts.unlistedNamespaces, { trouble: undefined });
      assert.equal(facts.budgets(), undefined);
      answer(NAMESPACES, listOf([namespace({ team: 'a' }, '3')]));
      await eventually(() => facts.unlistedNamespaces === undefined, { what: 'the namespaces' });
      assert.deepEqual(facts.namespaces('shop'), { team: 'a' });
      assert.equal(changes(), 1);
      assert.equal(facts.budgets(), undefined);
      answer(BUDGETS, listOf([]));
      await eventually(() => facts.budgets() !== undefined, { what: 'the budgets' });
      assert.deepEqual(facts.budgets()?.all, []);
      assert.equal(changes(), 2);
    });
  });

  test('a list that is refused says what that means', async () => {
    await following(async ({ facts, answer, changes }) => {
      answer(NAMESPACES, (response) => sendStatus(response, 403, 'Forbidden'));
      answer(BUDGETS, listOf([]));
      await eventually(() => facts.unlistedNamespaces?.trouble !== undefined, { what: 'the refusal' });
      assert.match(
        facts.unlistedNamespaces?.trouble ?? '',
        /^no pod is placed until the namespaces are listed: .*api\/v1\/namespaces/,
      );
      assert.equal(facts.trouble?.message, facts.unlistedNamespaces?.trouble);
      assert.ok(changes() > 0, 'waiting pods can say so');
      answer(NAMESPACES, listOf([]));
      await eventually(() => facts.unlistedNamespaces === undefined, { what: 'the namespaces' });
    });
  });

  test('labels of a namespace that change are told, and nothing else of it', async () => {
    await following(async ({ facts, answer, tell, changes }) => {
      answer(BUDGETS, listOf([]));
      answer(NAMESPACES, listOf([namespace({ team: 'a' }, '3')]));
      await eventually(() => changes() === 2, { what: 'both lists' });
      await eventually(() => tell(NAMESPACES, { type: 'MODIFIED', object: namespace({ team: 'a' }, '6') }), {
        what: 'the watch',
      });
      tell(NAMESPACES, { type: 'MODIFIED', object: namespace({ team: 'b' }, '7') });
      await eventually(() => facts.namespaces('shop')['team'] === 'b', { what: 'the label' });
      assert.equal(changes(), 3);
    });
  });
});
