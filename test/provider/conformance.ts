// What every provider must do, whatever it runs pods with: an agent on Docker, child processes, a simulation. Each test is
// a promise of docs/providers.md. The controller's end is real; the provider is a process that speaks the wire.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Pod, PodStatus } from '../../common/pod.ts';
import type { StatsReport__Output } from '../../proto/gen/longshore/v1/StatsReport.ts';
import { eventually } from '../kit/eventually.ts';
import { TEST_IMAGE } from '../kit/manifest.ts';
import { type FleetOfOne, PROVIDER_NAME, startFleetOfOne } from './fleet-of-one.ts';
import { REMOVES, wishesFor, withOtherLeader } from './other-leader.ts';
import { createProviderProcess, type ProviderCommand, type ProviderProcess } from './provider-process.ts';

/** What a provider may leave out; the tests of what it does not offer are not there. */
export const OPTIONAL = ['logs', 'objects', 'stats', 'images'] as const;

export type Offer = (typeof OPTIONAL)[number];

export interface ProviderUnderTest {
  readonly command: ProviderCommand;
  readonly offers: readonly Offer[];
}

const RUNS_ON = 'exec sleep 1000';

export function describeConformance(title: string, { command, offers }: ProviderUnderTest): void {
  describe(title, () => {
    let fleet: FleetOfOne;
    let provider: ProviderProcess;

    before(async () => {
      fleet = await startFleetOfOne();
      provider = createProviderProcess(command, fleet);
      provider.start();
      await connected();
    });
    after(async () => {
      // Nothing of it stays on the machine.
      if (fleet?.link) {
        const uids = [...fleet.desired.keys()];
        fleet.desired.clear();
        for (const uid of uids) fleet.link.remove(uid, 1);
        await eventually(() => uids.every((uid) => fleet.gone.has(uid)), { what: 'the end of every pod' });
        for (const uid of uids) fleet.link.acknowledgeGone(uid);
      }
      await provider?.[Symbol.asyncDispose]();
      await fleet?.[Symbol.asyncDispose]();
    });

    const said = () => `; the provider said:\n${provider.lastWords}\n`;
    const connected = (sessions = 0) =>
      eventually(() => fleet.link !== undefined && fleet.sessions > sessions, {
        what: `a session (${fleet.endings.at(-1) ?? 'none before'})${said()}`,
      });
    const status = (pod: Pod, holds: (status: PodStatus) => boolean, what: string) =>
      eventually(
        () => {
          const seen = fleet.statuses.get(pod.metadata.uid);
          return seen && holds(seen) ? seen : undefined;
        },
        { what: `${what}, last ${JSON.stringify(fleet.statuses.get(pod.metadata.uid))}${said()}` },
      );
    const running = (pod: Pod) => status(pod, isReady, `${pod.metadata.name} Running and Ready`);
    const gone = (pod: Pod) =>
      eventually(() => fleet.gone.get(pod.metadata.uid), {
        what: `the end of ${pod.metadata.name}${said()}`,
      });
    const run = async (script: string, wish: PodWish = {}): Promise<Pod> => {
      const pod = aPod(script, wish);
      fleet.wish(pod);
      await running(pod);
      return pod;
    };
    const forget = (pod: Pod) => {
      fleet.desired.delete(pod.metadata.uid);
      fleet.link?.acknowledgeGone(pod.metadata.uid);
    };

    it('joins with a token and says who it is', () => {
      assert.equal(fleet.link?.agent.name, PROVIDER_NAME);
    });

    it('keeps its session alive while there is nothing to say', async () => {
      const { sessions } = fleet;
      const untilMs = performance.now() + 4000;
      await eventually(() => performance.now() > untilMs, { what: 'longer than silence is borne' });
      assert.equal(fleet.sessions, sessions, fleet.endings.at(-1));
    });

    it('runs a pod, and reports each container by its name', async () => {
      const pod = await run(RUNS_ON);
      const reported = await running(pod);
      assert.deepEqual(
        reported.containerStatuses?.map(({ name, restartCount }) => [name, restartCount]),
        [['main', 0]],
      );
      assert.ok(reported.startTime);
    });

    it('reports how a pod ended, and starts it no more', async () => {
      const pod = aPod('exit 3', { restartPolicy: 'Never' });
      fleet.wish(pod);
      const ended = await status(pod, ({ phase }) => phase === 'Failed', 'Failed');
      assert.equal(ended.containerStatuses?.[0]?.state?.terminated?.exitCode, 3);
      const good = aPod('exit 0', { restartPolicy: 'OnFailure' });
      fleet.wish(good);
      await status(good, ({ phase }) => phase === 'Succeeded', 'Succeeded');
      assert.equal(fleet.statuses.get(pod.metadata.uid)?.containerStatuses?.[0]?.restartCount, 0);
    });

    it('restarts what the pod wants restarted, and counts', async () => {
      const pod = aPod('exit 1');
      fleet.wish(pod);
      await status(
        pod,
        ({ containerStatuses }) => (containerStatuses?.[0]?.restartCount ?? 0) >= 1,
        'a restart',
      );
    });

    it('stops a deleted pod, says that it is gone until that is acknowledged, and then no more', async () => {
      const pod = await run(RUNS_ON);
      fleet.wish(deleted(pod, 2));
      const [final] = await gone(pod);
      assert.match(final?.phase ?? '', /^(Succeeded|Failed)$/);
      await reconnect();
      await gone(pod);
      forget(pod);
      const marker = await run(RUNS_ON);
      await reconnect();
      await running(marker);
      assert.equal(fleet.gone.has(pod.metadata.uid), false, 'said again after it was acknowledged');
    });

    it('never starts again what it has said to be gone', async () => {
      const pod = await run(RUNS_ON);
      fleet.link?.remove(pod.metadata.uid, 1);
      await gone(pod);
      const times = fleet.gone.get(pod.metadata.uid)?.length ?? 0;
      fleet.statuses.delete(pod.metadata.uid);
      fleet.link?.upsert(pod);
      await eventually(() => (fleet.gone.get(pod.metadata.uid)?.length ?? 0) > times, {
        what: 'the same answer again',
      });
      assert.equal(fleet.statuses.has(pod.metadata.uid), false);
      forget(pod);
    });

    it('says at once that a pod it never had is gone', async () => {
      const stranger = aPod(RUNS_ON);
      fleet.link?.remove(stranger.metadata.uid, 30);
      await gone(stranger);
      forget(stranger);
    });

    it('stops what a snapshot does not hold, and nothing before the snapshot is complete', async () => {
      const pod = await run(RUNS_ON);
      const kept = await run(RUNS_ON);
      fleet.desired.delete(pod.metadata.uid);
      fleet.withholdSnapshots = true;
      await reconnect();
      const seen = await running(pod);
      fleet.withholdSnapshots = false;
      await reconnect();
      await gone(pod);
      assert.equal((await running(kept)).startTime, kept && fleet.statuses.get(kept.metadata.uid)?.startTime);
      assert.equal(seen.containerStatuses?.[0]?.restartCount, 0);
      forget(pod);
    });

    it('lets pods run while the controller is away', async () => {
      const pod = await run(RUNS_ON);
      const before = identityOf(await running(pod));
      const { sessions } = fleet;
      await fleet.leave();
      await fleet.comeBack();
      await connected(sessions);
      assert.deepEqual(identityOf(await running(pod)), before);
    });

    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      it(`lets pods run when it ends itself by ${signal}, and takes them up again`, async () => {
        const pod = await run(RUNS_ON);
        const before = identityOf(await running(pod));
        const { sessions } = fleet;
        await provider.end(signal);
        provider.start();
        await connected(sessions);
        assert.deepEqual(identityOf(await running(pod)), before);
      });
    }

    it('that was killed right after it took a pod on runs it once it is back', async () => {
      const pod = aPod(RUNS_ON);
      fleet.wish(pod);
      await eventually(() => fleet.statuses.has(pod.metadata.uid), { what: 'a first word of it' });
      const { sessions } = fleet;
      await provider.end('SIGKILL');
      provider.start();
      await connected(sessions);
      assert.equal((await running(pod)).containerStatuses?.[0]?.restartCount, 0);
    });

    it('does not obey a leader of an earlier term, and ignores messages it does not know', async () => {
      const pod = await run(RUNS_ON);
      const before = identityOf(await running(pod));
      const intruder = aPod(RUNS_ON);
      await fleet.leave();
      await withOtherLeader(fleet, wishesFor(intruder), async (leader) => {
        await eventually(() => leader.left > 0, { what: `it to leave a leader of an earlier term${said()}` });
        const { uid } = intruder.metadata;
        assert.ok(!leader.heard.some(({ report, gone }) => report?.uid === uid || gone?.uid === uid));
      });
      await withOtherLeader(fleet, REMOVES, async (leader) => {
        await eventually(() => leader.left > 0, { what: `it to leave one that would remove it${said()}` });
      });
      const { sessions } = fleet;
      await fleet.comeBack();
      await connected(sessions);
      assert.deepEqual(identityOf(await running(pod)), before);
      assert.equal(fleet.statuses.has(intruder.metadata.uid), false);
    });

    if (offers.includes('logs')) {
      it('gives the logs of a container, and refuses those of a pod it does not have', async () => {
        const pod = await run(`echo a line; ${RUNS_ON}`);
        const request = { podUid: pod.metadata.uid, container: 'main', follow: false };
        const never = new AbortController().signal;
        const read = async () => {
          const chunks = [];
          const stream = await fleet.link?.openStream({ logs: request }, never);
          for await (const message of stream?.output ?? [])
            if (message.kind === 'data') chunks.push(message.data);
          return Buffer.concat(chunks).toString();
        };
        await eventually(async () => (await read()) === 'a line\n', { what: 'its line' });
        const unknown = fleet.link?.openStream({ logs: { ...request, podUid: randomUUID() } }, never);
        await assert.rejects(async () => await unknown, { code: 'not-found' });
      });
    }

    if (offers.includes('objects')) {
      it('gives a pod what it refers to, as the controller has it', async () => {
        fleet.objects.set('configmaps/default/colors', { data: { COLOR: 'blue' } });
        const pod = aPod('test "$COLOR" = blue && exit 4', {
          restartPolicy: 'Never',
          container: { envFrom: [{ configMapRef: { name: 'colors' } }] },
        });
        fleet.wish(pod);
        const ended = await status(pod, ({ phase }) => phase === 'Failed', 'its end');
        assert.equal(ended.containerStatuses?.[0]?.state?.terminated?.exitCode, 4);
      });
    }

    if (offers.includes('stats')) {
      it('says what the machine and its pods use, while it is asked to', async () => {
        const pod = await run('while :; do :; done');
        const other = await run(RUNS_ON);
        fleet.link?.watchStats({ periodMs: 1000, forMs: 60_000 });
        const about = (report: StatsReport__Output, { metadata: { uid } }: Pod) =>
          report.pods.find((one) => one.uid === uid);
        const busy = (report: StatsReport__Output) => about(report, pod)?.cpu?.usageNanoCores ?? 0;
        const report = await eventually(() => fleet.stats.find((one) => busy(one) > 100_000_000), {
          what: `a pod that uses CPU, last ${JSON.stringify(fleet.stats.at(-1))}`,
        });
        const { usageUsec = 0, usageNanoCores = 0 } = report.machine?.cpu ?? {};
        assert.ok(usageUsec > 0 && usageNanoCores > 0, 'the machine has used CPU');
        assert.ok((report.machine?.memory?.workingSetBytes ?? 0) > 2 ** 20, 'and memory');
        const [container] = about(report, other)?.containers ?? [];
        assert.equal(container?.name, 'main');
        assert.ok((container?.memory?.workingSetBytes ?? 0) > 0, 'its pod too');
        const reported = fleet.statuses.get(other.metadata.uid)?.containerStatuses?.[0]?.state?.running;
        assert.equal(container?.startedAtMs, Date.parse(reported?.startedAt ?? ''));
      });
    }

    const pull = async (image: string) => {
      const pullImage = { image, dockerConfigJson: Buffer.alloc(0) };
      const stream = await fleet.link?.openStream({ pullImage }, new AbortController().signal);
      for await (const _ of stream?.output ?? []);
    };

    if (offers.includes('images')) {
      it('pulls images when it is asked to, and says why one cannot be pulled', async () => {
        await assert.rejects(pull('127.0.0.1:1/none:1'), { code: 'unavailable', message: /127\.0\.0\.1:1/ });
        await assert.rejects(pull('No Image'), { code: 'invalid' });
      });
    } else {
      it('refuses to pull images, which it does not offer', async () => {
        await assert.rejects(pull('busybox:1'), { code: 'invalid' });
      });
    }

    it('takes note of which images it shall keep, or ignores it', async () => {
      const { sessions } = fleet;
      fleet.link?.keepImages(['busybox:1.36', 'registry.example/team/app@sha256:0']);
      const pod = aPod('exit 0', { restartPolicy: 'Never' });
      fleet.wish(pod);
      await status(pod, ({ phase }) => phase === 'Succeeded', 'its end');
      assert.equal(fleet.sessions, sessions);
    });

    it('ends everything when it is removed, and goes on calling: the fleet may know it again', async () => {
      await run(RUNS_ON);
      await provider.end('SIGKILL');
      fleet.removeProvider();
      const { sessions } = fleet;
      provider.start();
      await eventually(() => fleet.toldRemoved > 0, { what: `a call of the removed provider${said()}` });
      fleet.restoreProvider();
      // A session in which nothing is reason enough to stop a pod.
      fleet.withholdSnapshots = true;
      await connected(sessions);
      await eventually(() => fleet.heartbeats > 0, { what: 'a heartbeat, after all that it holds' });
      const runsOn = ([uid, { phase }]: readonly [string, PodStatus]) =>
        phase === 'Running' && !fleet.gone.has(uid);
      await eventually(() => ![...fleet.statuses].some(runsOn), {
        what: `the end of its pods, last ${JSON.stringify([...fleet.statuses])}${said()}`,
      });
      fleet.desired.clear();
    });

    async function reconnect(): Promise<void> {
      const { sessions } = fleet;
      fleet.link?.close('the test wants another session');
      await connected(sessions);
    }
  });
}

interface PodWish {
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  /** Merged over the container. */
  readonly container?: Partial<Pod['spec']['containers'][number]>;
}

function aPod(script: string, { restartPolicy = 'Always', container }: PodWish = {}): Pod {
  const uid = randomUUID();
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${uid.slice(0, 8)}`,
      namespace: 'default',
      uid,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      nodeName: 'longshore',
      restartPolicy,
      terminationGracePeriodSeconds: 1,
      enableServiceLinks: false,
      dnsPolicy: 'Default',
      containers: [
        {
          ...{
            name: 'main',
            image: TEST_IMAGE,
            imagePullPolicy: 'IfNotPresent',
            command: ['sh', '-c', script],
          },
          ...container,
        },
      ],
    },
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  };
}

function deleted(pod: Pod, graceSeconds: number): Pod {
  const { metadata } = pod;
  return {
    ...pod,
    metadata: {
      ...metadata,
      deletionTimestamp: new Date(Date.now() + graceSeconds * 1000).toISOString(),
      deletionGracePeriodSeconds: graceSeconds,
    },
  };
}

function isReady({ phase, conditions }: PodStatus): boolean {
  const ready = conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return phase === 'Running' && ready === true;
}

/** What is another when something was started anew. */
function identityOf({ startTime, containerStatuses }: PodStatus) {
  const containers = containerStatuses?.map(({ containerID, restartCount }) => [containerID, restartCount]);
  return { startTime, containers };
}
