import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAgentMetrics } from '../../../agent/host/agent-metrics.ts';
import { NO_METER } from '../../../agent/link/link-meter.ts';
import { openMembership } from '../../../agent/link/membership.ts';
import { createLog } from '../../../common/log.ts';
import type { Pod } from '../../../common/pod.ts';
import { startProxy } from '../../kit/cuttable-proxy.ts';
import { eventually } from '../../kit/eventually.ts';
import { ManualClock } from '../../kit/manual-clock.ts';
import { MemoryAgents } from '../../kit/memory-agents.ts';
import { MemoryObjectHost } from '../../kit/memory-object-host.ts';
import { MemoryPodHost } from '../../kit/memory-pod-host.ts';
import {
  MemoryMembership,
  RecordingObserver,
  startTestController,
  startTestLink,
  testPod,
} from '../../kit/rpc-fixture.ts';
import { joined, observerOf, refusal, SHORT_SILENCE } from '../../kit/rpc-session.ts';

/** Its disk hangs until the test lets it go on. */
class SlowPodHost extends MemoryPodHost {
  readonly #free = Promise.withResolvers<void>();
  isAsked = false;

  goOn(): void {
    this.#free.resolve();
  }

  override async apply(pod: Pod): Promise<void> {
    this.isAsked = true;
    await this.#free.promise;
    await super.apply(pod);
  }
}

describe('a session', () => {
  it('begins with what the agent holds and ends the pods that are not wished for', async () => {
    const observer = new RecordingObserver();
    observer.desired = [testPod('kept'), testPod('new')];
    await using controller = await startTestController({ observer });
    const { membership } = await joined(controller);
    const host = new MemoryPodHost();
    await host.apply(testPod('kept'));
    await host.apply(testPod('unwanted'));
    host.statuses.set('kept', { phase: 'Running' });
    host.tombstones.set('ended', { phase: 'Succeeded' });

    await using agent = startTestLink({ membership, host, address: controller.address });
    await eventually(() => host.retained.length > 0 && observer.told.length >= 5);

    assert.deepEqual([...host.pods.keys()], ['kept', 'new']);
    assert.deepEqual([...(host.retained[0] ?? [])].sort(), ['kept', 'new']);
    assert.deepEqual(observer.told.slice(0, 5), [
      'connected garage-pi',
      'facts garage-pi garage-pi',
      'report kept Running',
      'report unwanted Pending',
      'gone ended Succeeded',
    ]);
    assert.equal(agent.link.state().kind, 'connected');
  });

  it('brings the objects that pods refer to, before the pods, and drops the others', async () => {
    const json = (text: string) => JSON.stringify({ data: { text } });
    const key = (name: string) => `configmaps/default/${name}`;
    const observer = new RecordingObserver();
    observer.desired = [testPod('p')];
    observer.objects = [
      [key('kept'), { kind: 'unknown' }],
      [key('new'), { kind: 'found', revision: 'u/7', json: json('new') }],
      [key('none'), { kind: 'absent' }],
      [key('why'), { kind: 'unknown', reason: 'forbidden' }],
    ];
    await using controller = await startTestController({ observer });
    const { membership } = await joined(controller);
    const objects = new MemoryObjectHost();
    objects.objects.set(key('kept'), `1 ${json('kept')}`);
    objects.objects.set(key('unwanted'), `1 ${json('unwanted')}`);
    await using agent = startTestLink({ membership, objects, address: controller.address });
    await eventually(() => agent.host.retained.length > 0 && !objects.objects.has(key('unwanted')));
    assert.deepEqual(Object.fromEntries(objects.objects), {
      [key('kept')]: `1 ${json('kept')}`,
      [key('new')]: `u/7 ${json('new')}`,
      [key('none')]: 'absent',
      [key('why')]: 'kept forbidden',
    });
    assert.deepEqual(
      [...observer.link.held],
      [
        [key('kept'), '1'],
        [key('unwanted'), '1'],
      ],
    );

    observer.link.object(key('none'), { kind: 'found', revision: '2', json: json('came') });
    observer.link.dropObject(key('new'));
    await eventually(() => !objects.objects.has(key('new')));
    assert.equal(objects.objects.get(key('none')), `2 ${json('came')}`);
  });

  it('carries an object as large as the API has them, and says so of one that is larger', async () => {
    await using controller = await startTestController();
    const observer = observerOf(controller);
    const { membership } = await joined(controller);
    await using agent = startTestLink({ membership, address: controller.address });
    await eventually(() => observer.links.length === 1 && agent.host.retained.length === 1);
    const large = JSON.stringify({ data: { text: 'x'.repeat(1.4 * 1024 * 1024) } });
    observer.link.object('configmaps/default/large', { kind: 'found', revision: '1', json: large });
    const larger = `${large}${' '.repeat(300 * 1024)}`;
    observer.link.object('configmaps/default/larger', { kind: 'found', revision: '1', json: larger });
    const { objects } = agent.objects;
    await eventually(() => objects.size === 2);
    assert.equal(objects.get('configmaps/default/large'), `1 ${large}`);
    assert.match(objects.get('configmaps/default/larger') ?? '', /^kept it is too large to be sent/);
  });

  it('leaves the agent with what it says of the cluster, for a start without the controller', async () => {
    await using controller = await startTestController();
    const store = new MemoryMembership();
    const { membership } = await joined(controller, 'garage-pi', store);
    await using agent = startTestLink({ membership, address: controller.address });
    await eventually(() => agent.link.state().kind === 'connected');
    const cluster = {
      nodeName: 'longshore',
      dns: { nameservers: ['10.96.0.10'], domain: 'cluster.local' },
    };
    assert.deepEqual(membership.record.cluster, cluster);
    assert.deepEqual((await openMembership(store)).record.cluster, cluster);
  });

  it('begins even where the agent holds more than it can name', async () => {
    await using controller = await startTestController();
    const observer = observerOf(controller);
    const { membership } = await joined(controller);
    const objects = new MemoryObjectHost();
    const filler = 'x'.repeat(400);
    for (let index = 0; index < 8000; index++) objects.objects.set(`configmaps/${filler}/${index}`, '1 {}');
    await using agent = startTestLink({ membership, objects, address: controller.address });
    await eventually(() => agent.host.retained.length > 0);
    const { size } = observer.link.held;
    assert.ok(size > 1000 && size < 8000, `${size}`);
  });

  it('carries changes both ways', async () => {
    await using controller = await startTestController();
    const observer = observerOf(controller);
    const { membership } = await joined(controller);
    await using agent = startTestLink({ membership, address: controller.address });
    await eventually(() => observer.links.length === 1 && agent.host.retained.length === 1);

    observer.link.upsert(testPod('a'));
    observer.link.upsert(testPod('b'));
    await eventually(() => agent.host.pods.size === 2);
    observer.link.remove('b', 5);
    await eventually(() => agent.host.tombstones.has('b'));
    agent.link.report({ uid: 'a', status: { phase: 'Running' } });
    agent.link.gone({ uid: 'b', status: { phase: 'Failed' } });
    await eventually(
      () => observer.told.includes('report a Running') && observer.told.includes('gone b Failed'),
    );
    observer.link.acknowledgeGone('b');
    await eventually(() => !agent.host.tombstones.has('b'));
  });

  it('repeats events until they are acknowledged, and no longer', async () => {
    await using controller = await startTestController();
    const observer = observerOf(controller);
    const { membership } = await joined(controller);
    await using agent = startTestLink({ membership, address: controller.address });
    const event = (reason: string) =>
      agent.link.event({
        podUid: 'a',
        podNamespace: 'default',
        podName: 'a',
        type: 'Normal',
        reason,
        message: 'said',
        timeMs: 1,
      });
    event('Early');
    await eventually(() => observer.told.includes('event 1 Early'));
    event('Late');
    await eventually(() => observer.told.includes('event 2 Late'));
    observer.link.close('to see what is repeated');
    await eventually(() => observer.disconnects.length === 1 && observer.links.length === 1, {
      timeoutMs: 10_000,
    });
    event('Third');
    await eventually(() => observer.told.includes('event 3 Third'));
    assert.equal(observer.told.filter((line) => line.startsWith('event')).length, 3);
  });

  it('is taken up again after the controller was away, with nothing lost and no pod stopped', async () => {
    const first = await startTestController();
    const { membership } = await joined(first);
    const host = new MemoryPodHost();
    let address = first.address;
    await using agent = startTestLink({ membership, host, address: () => address });
    await eventually(() => host.retained.length === 1);
    observerOf(first).link.upsert(testPod('a'));
    await eventually(() => host.pods.has('a'));
    await first[Symbol.asyncDispose]();
    agent.link.report({ uid: 'a', status: { phase: 'Running' } });
    host.statuses.set('a', { phase: 'Running' });
    await eventually(() => agent.link.state().kind === 'connecting');
    assert.ok(host.pods.has('a'));

    const observer = new RecordingObserver();
    observer.desired = [testPod('a')];
    await using second = await startTestController({
      secrets: first.secrets,
      agents: first.agents,
      observer,
      epoch: 2,
    });
    address = second.address;
    await eventually(() => observer.told.includes('report a Running') && host.retained.length === 2, {
      timeoutMs: 15_000,
    });
    assert.deepEqual([...host.pods.keys()], ['a']);
  });

  it('is refused to a leader older than one the agent has obeyed', async () => {
    await using controller = await startTestController({ epoch: 7 });
    const store = new MemoryMembership();
    const { membership } = await joined(controller, 'garage-pi', store);
    {
      await using agent = startTestLink({ membership, address: controller.address });
      await eventually(() => agent.host.retained.length === 1);
    }
    controller.server.setLeader({ epoch: 6, observer: controller.observer });
    await using agent = startTestLink({
      membership: await openMembership(store),
      address: controller.address,
    });
    const state = await eventually(() => {
      const now = agent.link.state();
      return now.kind === 'connecting' && now.lastFailure;
    });
    assert.match(String(state), /newer leader/);
    assert.equal(agent.host.retained.length, 0);
  });

  it('is replaced by a newer one of the same agent', async () => {
    await using controller = await startTestController();
    const observer = observerOf(controller);
    const { membership } = await joined(controller);
    await using older = startTestLink({ membership, address: controller.address });
    await eventually(() => older.host.retained.length === 1);
    await using newer = startTestLink({ membership, address: controller.address });
    await eventually(() => newer.host.retained.length === 1);
    assert.deepEqual(observer.disconnects, ['a newer session of this agent took over']);
    assert.equal(observer.links.length, 1);
  });

  it('survives on heartbeats alone', async () => {
    await using controller = await startTestController({ limits: SHORT_SILENCE });
    const observer = observerOf(controller);
    const { membership } = await joined(controller);
    await using agent = startTestLink({ membership, address: controller.address });
    await eventually(() => agent.host.retained.length === 1);
    const startedAt = performance.now();
    await eventually(() => performance.now() - startedAt > 4000);
    assert.deepEqual(observer.disconnects, []);
  });

  it('is put off while the controller does not lead, and live ones end when it stops leading', async () => {
    const errors: string[] = [];
    const log = createLog({ name: 'test', level: 'error', stream: { write: (line) => errors.push(line) } });
    await using controller = await startTestController({ log });
    const observer = observerOf(controller);
    const { membership } = await joined(controller);
    await using agent = startTestLink({ membership, address: controller.address });
    await eventually(() => agent.host.retained.length === 1);
    controller.server.setLeader(undefined);
    assert.match(String(observer.disconnects[0]), /not the leader/);
    await eventually(() => {
      const state = agent.link.state();
      return state.kind === 'connecting' && /not the leader/.test(state.lastFailure ?? '');
    });
    controller.server.setLeader({ epoch: 2, observer });
    await eventually(() => agent.host.retained.length === 2, { timeoutMs: 15_000 });
    assert.deepEqual(errors, []);
  });

  it('waits over one connection until the controller leads, and begins the moment it does', async () => {
    await using controller = await startTestController();
    const { membership } = await joined(controller);
    controller.server.setLeader(undefined);
    await using proxy = await startProxy({ host: '127.0.0.1', port: controller.server.port });
    let refused = 0;
    const meter = { ...NO_METER, sessionFailed: () => void refused++ };
    const address = `127.0.0.1:${proxy.port}`;
    const clock = new ManualClock();
    await using agent = startTestLink({ membership, address, meter, clock });
    await eventually(() => clock.sleepers > 0);
    await clock.advance(9000);
    controller.server.setLeader({ epoch: 2, observer: controller.observer });
    await eventually(() => agent.host.retained.length === 1);
    controller.server.setLeader(undefined);
    await eventually(() => refused === 1);
    assert.match(refusal(agent) ?? '', /not the leader/);
    await clock.advance(3000);
    controller.server.setLeader({ epoch: 3, observer: controller.observer });
    await eventually(() => agent.host.retained.length === 2);
    assert.equal(refused, 1);
    assert.equal(proxy.accepted, 1, 'its leader lost the lead for a moment');
  });

  it('that waited in vain for ten seconds is dialled anew', async () => {
    const [ofController, ofAgent] = [new ManualClock(Date.now()), new ManualClock(Date.now())];
    await using controller = await startTestController({ clock: ofController });
    const { membership } = await joined(controller);
    controller.server.setLeader(undefined);
    await using proxy = await startProxy({ host: '127.0.0.1', port: controller.server.port });
    const address = `127.0.0.1:${proxy.port}`;
    await using agent = startTestLink({ membership, address, clock: ofAgent });
    await eventually(() => ofController.sleepers > 0);
    await Promise.all([ofController.advance(10_000), ofAgent.advance(10_000)]);
    await eventually(() => /not the leader/.test(refusal(agent) ?? ''));
    await ofAgent.advance(1000);
    await eventually(() => proxy.accepted === 2, { what: 'another controller may be behind the name' });
  });

  it('that gets no answer is tried anew over another connection', async () => {
    const agents = new MemoryAgents();
    const answer = Promise.withResolvers<string>();
    let hellos = 0;
    agents.podCidr = () => {
      hellos++;
      return answer.promise;
    };
    await using controller = await startTestController({ agents });
    using _ = { [Symbol.dispose]: () => answer.resolve('') };
    const { membership } = await joined(controller);
    await using proxy = await startProxy({ host: '127.0.0.1', port: controller.server.port });
    const clock = new ManualClock();
    await using agent = startTestLink({ membership, address: `127.0.0.1:${proxy.port}`, clock });
    await eventually(() => hellos === 1);
    await clock.advance(60_000);
    await eventually(() => /did not answer/.test(refusal(agent) ?? ''));
    await clock.advance(3000);
    await eventually(() => hellos === 2);
    assert.equal(proxy.accepted, 2);
  });

  it('ends for an agent too that is slow to take what was written before the end', async () => {
    const observer = new RecordingObserver();
    const annotations = { large: 'x'.repeat(100_000) };
    observer.desired = Array.from({ length: 60 }, (_, index) => {
      const pod = testPod(`p${index}`);
      return { ...pod, metadata: { ...pod.metadata, annotations } };
    });
    await using controller = await startTestController({ observer });
    const { membership } = await joined(controller);
    const host = new SlowPodHost();
    await using agent = startTestLink({ membership, host, address: controller.address });
    await eventually(() => host.isAsked);
    controller.server.setLeader(undefined);
    host.goOn();
    await eventually(() => /not the leader/.test(refusal(agent) ?? ''));
    controller.server.setLeader({ epoch: 2, observer });
    await eventually(() => host.retained.length === 1, { timeoutMs: 15_000 });
    assert.equal(host.pods.size, 60);
  });
});

describe('what an agent measures', () => {
  it('is told when it is asked for, and by one that measures nothing not at all', async () => {
    await using controller = await startTestController();
    const observer = observerOf(controller);
    const { membership } = await joined(controller);
    using metrics = createAgentMetrics(async () => 4096);
    await using agent = startTestLink({ membership, address: controller.address, meter: metrics });
    await eventually(() => observer.links.length === 1);
    observer.link.askMetrics();
    const told = await eventually(() => observer.told.find((line) => line.startsWith('metrics ')));
    assert.match(
      told,
      /^metrics garage-pi longshore_agent_docker_calls_total .*longshore_agent_sessions_total/,
    );
    assert.equal(agent.link.state().kind, 'connected');

    const other = await joined(controller, 'plain');
    await using plain = startTestLink({ membership: other.membership, address: controller.address });
    await eventually(() => observer.links.length === 2);
    observer.link.askMetrics();
    plain.link.report({ uid: 'after', status: { phase: 'Running' } });
    await eventually(() => observer.told.includes('report after Running'));
    assert.deepEqual(
      observer.told.filter((line) => line.startsWith('metrics ')),
      [told],
    );
  });
});
