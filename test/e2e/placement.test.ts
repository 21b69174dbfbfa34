// Many machines behind one node, as a user sees them: where pods go, and what those that fit nowhere are told.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import type { Pod } from '../../common/pod.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { startDockerRegistry, TEST_CREDENTIALS } from '../kit/docker-registry.ts';
import { eventually } from '../kit/eventually.ts';
import { podManifest } from '../kit/manifest.ts';
import { containersOfPod, startSandbox, type TestSandbox } from '../kit/sandbox.ts';
import {
  LATER_TAINT,
  NEIGHBOUR_RULES,
  NODE_LABEL,
  NODE_RULES,
  type RulePod,
  type Rules,
  SPREAD_RULES,
  TAINT,
  TAINT_RULES,
  TOLERATED_SECONDS,
} from './placement-rules.ts';

const LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'agent-1': { zone: 'garage', cores: '4' },
  'agent-2': { zone: 'garage', 'kubernetes.io/arch': 'arm64' },
  'agent-3': { zone: 'attic', cores: '16' },
  'agent-4': { zone: 'attic', 'kubernetes.io/arch': 'arm64', old: 'yes' },
  'agent-5': { zone: 'cellar' },
};
const RUNS = { main: 'trap "exit 0" TERM; sleep 1000 & wait' };

describe('a fleet of five agents with labels', () => {
  let sandbox: TestSandbox;
  const kubectl = (...args: string[]) => sandbox.kubectl(args);

  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 5 });
    for (const [name, labels] of Object.entries(LABELS)) await patchAgent(name, { labels });
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  function patchAgent(name: string, spec: object): Promise<string> {
    return kubectl('patch', 'agent', name, '--type', 'merge', '-p', JSON.stringify({ spec }));
  }

  interface Wish {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly requests?: Readonly<Record<string, string>>;
    readonly spec?: Readonly<Record<string, unknown>>;
  }

  function create(
    name: string,
    { labels = {}, annotations = {}, requests, spec }: Wish = {},
  ): Promise<string> {
    const manifest = JSON.parse(
      podManifest({ name, containers: RUNS, ...(requests && { requests }), ...(spec && { spec }) }),
    );
    const metadata = { ...manifest.metadata, labels: { test: 'placement', ...labels }, annotations };
    return sandbox.kubectl(['apply', '-f', '-'], JSON.stringify({ ...manifest, metadata }));
  }

  /** The agent, or why the pod waits. */
  function placementOf(pod: Pod): string | undefined {
    const placed = pod.status?.conditions?.find(({ type }) => type === 'longshore.dev/Placed');
    if (placed?.status === 'False') return placed.message;
    return /^agent=(\S+)/.exec(placed?.message ?? '')?.[1];
  }

  const whereIs = (name: string) =>
    eventually(async () => placementOf(await sandbox.pod(name)), { what: `the placement of ${name}` });

  async function remove({ wait = true } = {}): Promise<void> {
    await kubectl('delete', 'pod', '-A', '-l', 'test=placement', `--wait=${wait}`, '--timeout=60s');
  }

  /** Makes the pods at once; resolves when each has its answer: to the names of those that came to an agent. */
  async function judge(pods: readonly RulePod[]): Promise<readonly string[]> {
    const items = pods.map(({ name, namespace = 'default', labels = {}, spec }) => {
      const manifest = JSON.parse(podManifest({ name, containers: RUNS, spec }));
      return { ...manifest, metadata: { name, namespace, labels: { test: 'placement', ...labels } } };
    });
    await sandbox.kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const expected = Object.fromEntries(pods.map(({ name, answer }) => [name, String(answer)]));
    const answers = await eventually(
      async () => {
        const list = await kubectl('get', 'pod', '-A', '-l', 'test=placement', '-o', 'json');
        const all: readonly Pod[] = JSON.parse(list).items;
        const given = new Map(all.map((pod) => [pod.metadata.name, placementOf(pod) ?? 'nothing yet']));
        const told = pods.map(({ name, answer }) => {
          const text = given.get(name) ?? 'no such pod';
          return [name, answer instanceof RegExp && answer.test(text) ? String(answer) : text];
        });
        assert.deepEqual(Object.fromEntries(told), expected);
        return given;
      },
      { what: 'the placement of each' },
    );
    return pods.map(({ name }) => name).filter((name) => answers.get(name)?.startsWith('agent-'));
  }

  const readiness = (names: readonly string[]) =>
    kubectl('wait', '--for=condition=Ready', 'pod', ...names, '--timeout=60s');

  async function follow({ there, asking }: Rules): Promise<void> {
    if (there.length > 0) await judge(there);
    await readiness(await judge(asking));
    await remove({ wait: false });
  }

  const exists = (...keys: string[]) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: keys.map((key) => ({ key, operator: 'Exists' })) }],
        },
      },
    },
  });

  it('shows on the node what its agents have, and takes it back when they no longer do', async () => {
    const shown = async () => {
      const node = JSON.parse(await kubectl('get', 'node', 'longshore', '-o', 'json'));
      return Object.keys(node.metadata.labels).filter((key) => key.includes('.label.longshore.dev/'));
    };
    await eventually(async () => (await shown()).includes('zone.label.longshore.dev/cellar'), {
      what: 'the newest label',
      timeoutMs: 3000,
    });
    const keys = await shown();
    assert.ok(keys.includes('arch.label.longshore.dev/arm64'));
    assert.deepEqual(
      keys.filter((key) => key.startsWith('zone.')),
      ['attic', 'cellar', 'garage'].map((zone) => `zone.label.longshore.dev/${zone}`),
    );
    await patchAgent('agent-5', { unschedulable: true });
    await eventually(async () => !(await shown()).includes('zone.label.longshore.dev/cellar'), {
      what: 'the label of a cordoned agent to go',
      timeoutMs: 3000,
    });
    await patchAgent('agent-5', { unschedulable: false });
    await eventually(async () => (await shown()).includes('zone.label.longshore.dev/cellar'), {
      timeoutMs: 3000,
    });
  });

  it('pins by agent, by architecture, by zone, and by both on one machine', async () => {
    await create('by-agent', { spec: exists('agent.longshore.dev/agent-3') });
    await create('by-zone', { spec: exists('zone.label.longshore.dev/cellar') });
    await create('by-both', {
      spec: exists('zone.label.longshore.dev/garage', 'arch.label.longshore.dev/arm64'),
    });
    await create('by-arch', {
      spec: {
        ...exists('arch.label.longshore.dev/arm64'),
        nodeSelector: { 'zone.label.longshore.dev/attic': 'true' },
      },
    });
    assert.equal(await whereIs('by-agent'), 'agent-3');
    assert.equal(await whereIs('by-zone'), 'agent-5');
    assert.equal(await whereIs('by-both'), 'agent-2');
    assert.equal(await whereIs('by-arch'), 'agent-4');
    await kubectl('wait', '--for=condition=Ready', 'pod', '-l', 'test=placement', '--timeout=60s');
    await remove();
  });

  it('takes what the scheduler cannot be told from an annotation', async () => {
    const select = (text: string) => ({ annotations: { 'longshore.dev/agent-selector': text } });
    await create('many-cores', select('cores gt 8'));
    await create('not-old', select('arch in (arm64),!old'));
    await create('nowhere', select('cores gt 99'));
    assert.equal(await whereIs('many-cores'), 'agent-3');
    assert.equal(await whereIs('not-old'), 'agent-2');
    assert.equal(await whereIs('nowhere'), "0/5 agents fit: 5 didn't match the agent selector");
    const events = await eventually(
      async () => {
        const text = await kubectl('get', 'events', '--field-selector', 'reason=FailedPlacement');
        return text.includes('pod/nowhere') ? text : undefined;
      },
      { what: 'the event' },
    );
    assert.match(events, /Warning +FailedPlacement +pod\/nowhere +0\/5 agents fit/);
    await remove();
  });

  it('spreads nine replicas evenly over three agents, and gives each of three its own', async () => {
    const inTwoZones = {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: ['agent-1', 'agent-2', 'agent-3'].map((name) => ({
              matchExpressions: [{ key: `agent.longshore.dev/${name}`, operator: 'Exists' }],
            })),
          },
        },
      },
    };
    const spread = {
      topologySpreadConstraints: [
        {
          topologyKey: 'longshore.dev/agent-domain',
          maxSkew: 1,
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'web' } },
        },
      ],
    };
    const names = Array.from({ length: 9 }, (_, index) => `web-${index}`);
    await Promise.all(
      names.map((name) => create(name, { labels: { app: 'web' }, spec: { ...inTwoZones, ...spread } })),
    );
    const agents = await Promise.all(names.map(whereIs));
    assert.deepEqual(
      ['agent-1', 'agent-2', 'agent-3'].map((name) => agents.filter((agent) => agent === name).length),
      [3, 3, 3],
    );

    const apart = {
      ...inTwoZones,
      affinity: {
        ...inTwoZones.affinity,
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'longshore.dev/agent', labelSelector: { matchLabels: { app: 'db' } } },
          ],
        },
      },
    };
    const replicas = ['db-0', 'db-1', 'db-2', 'db-3'];
    for (const name of replicas) {
      await create(name, { labels: { app: 'db' }, spec: apart });
      await whereIs(name);
    }
    assert.deepEqual(
      new Set(await Promise.all(replicas.slice(0, 3).map(whereIs))),
      new Set(Object.keys(LABELS).slice(0, 3)),
    );
    assert.equal(
      await whereIs('db-3'),
      "0/5 agents fit: 3 didn't match pod anti-affinity rules, 2 didn't match node affinity/selector",
    );
    await kubectl('delete', 'pod', 'db-1');
    await kubectl('wait', '--for=condition=Ready', 'pod/db-3', '--timeout=30s');
    await remove();
  });

  it('keeps off what an agent’s taint does not let in', async () => {
    await patchAgent('agent-5', { taints: [{ key: 'guest', effect: 'NoSchedule' }] });
    const tolerations = [
      { key: 'virtual-kubelet.io/provider', operator: 'Exists' },
      { key: 'guest', operator: 'Exists' },
    ];
    await create('stranger', { spec: exists('agent.longshore.dev/agent-5') });
    await create('guest', { spec: { ...exists('agent.longshore.dev/agent-5'), tolerations } });
    assert.equal(await whereIs('guest'), 'agent-5');
    assert.match(await whereIs('stranger'), /1 had untolerated taint \{guest: \}/);
    await patchAgent('agent-5', { taints: [{ key: 'guest', effect: 'NoExecute' }] });
    await create('driven', { spec: exists('agent.longshore.dev/agent-4') });
    await whereIs('driven');
    await patchAgent('agent-4', { taints: [{ key: 'guest', effect: 'NoExecute' }] });
    await eventually(async () => (await sandbox.findPod('driven')) === undefined, {
      what: 'the pod to be driven off',
    });
    assert.equal(await whereIs('guest'), 'agent-5');
    await patchAgent('agent-4', { taints: null });
    await patchAgent('agent-5', { taints: null });
    await eventually(async () => placementOf(await sandbox.pod('stranger')) === 'agent-5', {
      what: 'the pod to go there once the taint is gone',
      timeoutMs: 3000,
    });
    await remove();
  });

  it('judges node affinity by each machine, operator by operator, and weighs what is preferred', async () => {
    await kubectl('label', 'node', 'longshore', NODE_LABEL);
    await follow(NODE_RULES);
    await kubectl('label', 'node', 'longshore', 'cores-');
  });

  it('finds the neighbours of a pod by their labels and namespaces, and weighs whom it prefers', async () => {
    await follow(NEIGHBOUR_RULES);
  });

  it('goes by the value and the effect of a taint, and drives off who tolerates it for some seconds only', async () => {
    await patchAgent('agent-5', { taints: [TAINT] });
    const running = await judge(TAINT_RULES);
    const since = Date.now();
    await patchAgent('agent-4', { taints: [LATER_TAINT] });
    await eventually(async () => (await sandbox.findPod('for-seconds')) === undefined, {
      what: 'the end of its seconds',
    });
    assert.ok(Date.now() - since >= TOLERATED_SECONDS * 1000, 'driven off too early');
    await readiness(running.filter((name) => name !== 'for-seconds'));
    assert.equal((await sandbox.pod('for-good')).metadata.deletionTimestamp, undefined);
    for (const name of ['agent-4', 'agent-5']) await patchAgent(name, { taints: null });
    await remove({ wait: false });
  });

  it('spreads by revision, over as many machines as are asked for, and counts those that the policies say', async () => {
    await patchAgent('agent-5', { taints: [TAINT] });
    await follow(SPREAD_RULES);
    await patchAgent('agent-5', { taints: null });
  });

  it('is told and changed alike by kubectl and the longshore command', async () => {
    const longshore = async (...args: string[]) =>
      JSON.parse(await sandbox.longshore([...args, '-o', 'json']));
    const agent = async (name: string) => JSON.parse(await kubectl('get', 'agent', name, '-o', 'json'));
    // At the same time: whose change comes second is made again.
    const said = await Promise.all([
      sandbox.longshore(['agents', 'label', 'agent-5', 'disk=ssd']),
      sandbox.longshore(['agents', 'taint', 'agent-5', 'guest:PreferNoSchedule']),
      sandbox.longshore(['agents', 'cordon', 'agent-5']),
    ]);
    assert.equal(said.join(''), 'agent/agent-5 labeled\nagent/agent-5 tainted\nagent/agent-5 cordoned\n');
    const { spec } = await agent('agent-5');
    assert.deepEqual(
      [spec.labels, spec.taints, spec.unschedulable],
      [{ ...LABELS['agent-5'], disk: 'ssd' }, [{ key: 'guest', effect: 'PreferNoSchedule' }], true],
    );
    const described = await longshore('agents', 'describe', 'agent-5');
    assert.deepEqual(described.object.spec, spec);
    assert.deepEqual([described.agent.unschedulable, described.agent.ready], [true, true]);

    await create('waiting', { annotations: { 'longshore.dev/agent-selector': 'disk=ssd' } });
    assert.match(await whereIs('waiting'), /1 cordoned/);
    const waits = await longshore('explain', 'waiting');
    const verdict = waits.verdicts.find((one: { agent: string }) => one.agent === 'agent-5');
    assert.deepEqual(verdict.obstacles[0].rule, 'NodeUnschedulable');
    assert.match(waits.advice.remedies.join(), /agent-5: cordoned: longshore agents uncordon agent-5/);

    await sandbox.longshore(['agents', 'uncordon', 'agent-5']);
    await kubectl('wait', '--for=condition=Ready', 'pod/waiting', '--timeout=60s');
    const named = async (kind: string, selector: string) => {
      const answer = await longshore(kind, 'list', '-l', selector);
      return answer[kind].map(({ name }: { name: string }) => name);
    };
    assert.deepEqual(await named('agents', 'zone in (garage,cellar),arch!=arm64'), ['agent-1', 'agent-5']);
    assert.deepEqual(await named('pods', 'test=placement'), ['waiting']);
    assert.deepEqual(await named('pods', 'test=another'), []);
    const told = await eventually(
      async () => {
        const { advice, timeline } = await longshore('explain', 'waiting');
        const text = timeline
          .map(({ source, what }: Record<string, string>) => `${source}: ${what}`)
          .join('\n');
        return advice.isFine && /Started/.test(text) ? text : undefined;
      },
      { what: 'the pod’s start to be told' },
    );
    assert.match(
      told,
      /^API server: created\nscheduler: Scheduled: .*\ncontroller: FailedPlacement: .*cordoned/,
    );
    assert.match(
      told,
      /controller: Placed: .*agent-5; .*\d\/\d agents fit.*\n(.*\n)*agent-5: Started \[main\]: Started container main/,
    );
    const [{ events }, log, { outcome, results }] = await Promise.all([
      longshore('events', '--pod', 'waiting', '--agent', 'agent-5'),
      sandbox.longshore(['agents', 'logs', 'agent-5']),
      longshore('doctor'),
    ]);
    assert.ok(events.some(({ reason }: { reason: string }) => reason === 'Started'));
    assert.match(log, /INFO +connected to the controller/);
    assert.equal(outcome, 'ok', JSON.stringify(results));
    await patchAgent('agent-5', { labels: { disk: null }, taints: null });
    await remove();
  });

  it('gets an image of a private registry before pods need it, and keeps it where it is pinned', async () => {
    await using registry = await startDockerRegistry(TEST_CREDENTIALS);
    const docker = new Docker();
    const made = await docker.createContainer({ Image: await ensureBusyboxImage(docker), Cmd: ['true'] });
    const local = { repo: 'longshore.test/pulled', tag: String(process.pid) };
    await made.commit({ ...local, comment: 'of its own' });
    await made.remove();
    const image = await registry.push(docker, `${local.repo}:${local.tag}`, 'team/app:1');
    await docker.getImage(`${local.repo}:${local.tag}`).remove();
    const { username, password } = TEST_CREDENTIALS;
    const login = [`--docker-server=${registry.host}`, `--docker-username=${username}`];
    await kubectl('create', 'secret', 'docker-registry', 'login', ...login, `--docker-password=${password}`);
    const pull = (...args: string[]) => sandbox.longshore(['images', 'pull', image, ...args]);
    const garage = ['--agents', 'zone=garage'];

    await assert.rejects(pull(...garage), ({ cause }: Error) => (cause as { code?: number }).code === 1);
    // The agents of a sandbox share one Docker: who comes second has it already.
    const said = await pull(...garage, '--secret', 'default/login', '--pin');
    for (const name of ['agent-1', 'agent-2'])
      assert.match(said, new RegExp(`agent/${name} (pulled|has it already) \\(`));
    assert.doesNotMatch(said, /agent-[345]/);
    const pins = () => kubectl('get', 'agents', '-o', 'jsonpath={.items[*].spec.pinnedImages[*]}');
    assert.equal(await pins(), `${image} ${image}`);
    const listed = await eventually(
      async () => {
        const answer = await sandbox.longshore(['images', 'list', '--pinned', '-o', 'json']);
        const [found] = JSON.parse(answer).images;
        return found?.agents.includes('agent-1') && found.agents.includes('agent-2') && found;
      },
      { what: 'the agents to tell of it' },
    );
    assert.deepEqual([listed.name, listed.pinnedOn], [image, ['agent-1', 'agent-2']]);
    const unpinned = await sandbox.longshore(['images', 'unpin', image, '--all']);
    assert.match(unpinned, /agent-1 unpinned\nagent\/agent-2 unpinned\nagent\/agent-3 not pinned/);
    assert.equal(await pins(), '');
    for (const log of ['controller', 'agent-1']) assert.ok(!sandbox.log(log).includes(password));
    await docker.getImage(image).remove();
    await kubectl('delete', 'secret', 'login');
  });

  it('starts a pod that was too large for every machine as soon as one has the room; small ones run meanwhile', async () => {
    const fillers = Object.keys(LABELS).map((_, index) => `filler-${index}`);
    for (const name of fillers) await create(name, { requests: { cpu: '1100m' } });
    await Promise.all(fillers.map(whereIs));
    await create('large', { requests: { cpu: '1500m' } });
    assert.equal(await whereIs('large'), '0/5 agents fit: 5 insufficient cpu');
    await create('small', { requests: { cpu: '100m' } });
    await kubectl('wait', '--for=condition=Ready', 'pod/small', '--timeout=60s');
    const uid = (await sandbox.pod('large')).metadata.uid;
    await kubectl('delete', 'pod', 'filler-0', '--wait=true', '--timeout=60s');
    const isRunning = async () => (await sandbox.pod('large')).status?.phase === 'Running';
    await eventually(isRunning, { what: 'its start', timeoutMs: 2000, everyMs: 50 });
    assert.equal((await sandbox.pod('large')).metadata.uid, uid, 'it waited, and was not made anew');
    await remove();
  });

  it('drains a machine as far as a budget allows, goes on by itself, and takes pods again when it is over', async () => {
    await kubectl('create', 'pdb', 'guarded', '--selector=app=guarded', '--min-available=1');
    const names = ['guarded-1', 'guarded-2'];
    const there = { labels: { app: 'guarded' }, spec: exists('agent.longshore.dev/agent-3') };
    for (const name of names) await create(name, there);
    await kubectl('wait', '--for=condition=Ready', 'pod', '-l', 'app=guarded', '--timeout=60s');
    await eventually(async () => (await kubectl('get', 'pdb', 'guarded')).includes(' 1 '), {
      what: 'budget',
    });
    const drained = async () => {
      const { object } = JSON.parse(await sandbox.longshore(['agents', 'describe', 'agent-3', '-o', 'json']));
      const conditions: readonly { type: string; message: string }[] = object.status.conditions;
      return conditions.find(({ type }) => type === 'Drained')?.message ?? '';
    };
    const drain = ['agents', 'drain', 'agent-3', '--timeout', '4s'];
    await assert.rejects(
      sandbox.longshore(drain),
      /declare no controller \(use --force to override\): default\/guarded-1, /,
    );
    await assert.rejects(sandbox.longshore([...drain, '--force']), (error: Error) => {
      assert.match(error.message, /^agent\/agent-3 is not drained yet, pods left: 1;/);
      assert.equal(Object(error.cause).code, 5);
      return true;
    });
    const left = await Promise.all(names.map((name) => sandbox.findPod(name)));
    assert.equal(left.filter((pod) => pod !== undefined).length, 1, 'the budget holds');
    await eventually(async () => /1 pod left; default\/guarded-.: Cannot evict pod/.test(await drained()), {
      what: 'what is said of it',
    });
    await kubectl('delete', 'pdb', 'guarded');
    const said = await sandbox.longshore(['agents', 'drain', 'agent-3', '--force']);
    assert.match(said, /^agent\/agent-3 already being drained\n(.*\n)*agent\/agent-3 drained\n$/);
    for (const name of names) assert.equal(await sandbox.findPod(name), undefined);
    assert.match(
      await kubectl('get', 'events', '--field-selector', 'reason=Evicted'),
      /agent agent-3 is being drained/,
    );
    await sandbox.longshore(['agents', 'uncordon', 'agent-3']);
    await create('guarded-1', there);
    await kubectl('wait', '--for=condition=Ready', 'pod/guarded-1', '--timeout=60s');
    await remove();
  });

  it('ends a pod of lower priority for one of higher that fits on no machine, unless that preempts nobody', async () => {
    await kubectl('create', 'priorityclass', 'urgent', '--value=1000');
    const lows = Object.keys(LABELS).map((_, index) => `low-${index}`);
    for (const name of lows) await create(name, { requests: { cpu: '1100m' } });
    await Promise.all(lows.map(whereIs));
    await kubectl('create', 'priorityclass', 'patient', '--value=999', '--preemption-policy=Never');
    await create('patient', { requests: { cpu: '2' }, spec: { priorityClassName: 'patient' } });
    assert.equal(await whereIs('patient'), '0/5 agents fit: 5 insufficient cpu');
    await create('urgent', { requests: { cpu: '2' }, spec: { priorityClassName: 'urgent' } });
    await kubectl('wait', '--for=condition=Ready', 'pod/urgent', '--timeout=60s');
    const left = await eventually(
      async () => {
        const found = await Promise.all(lows.map((name) => sandbox.findPod(name)));
        const present = found.filter((pod) => pod !== undefined);
        return present.length === lows.length - 1 ? present : undefined;
      },
      { what: 'one pod of lower priority to be gone' },
    );
    assert.ok(left.every(({ metadata }) => metadata.deletionTimestamp === undefined));
    assert.match(
      await kubectl('get', 'events', '--field-selector', 'reason=Preempted'),
      /Preempted by pod .*default\/urgent/,
    );
    await remove();
  });

  it('deletes the pods of a lost machine when their toleration is over, or when it is declared gone; what comes back stops them', async () => {
    const tolerations = [
      { key: 'virtual-kubelet.io/provider', operator: 'Exists' },
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 1,
      },
    ];
    const there = exists('agent.longshore.dev/agent-5');
    await create('lost', { spec: { ...there, tolerations } });
    await create('kept', {
      annotations: { 'longshore.dev/on-disconnect': 'keep' },
      spec: { ...there, tolerations },
    });
    await create('unwanted', { spec: there });
    await create('declared-dead', { spec: exists('agent.longshore.dev/agent-4') });
    await kubectl('wait', '--for=condition=Ready', 'pod', '-l', 'test=placement', '--timeout=60s');
    await sandbox.kill('agent-5');
    await kubectl('delete', 'pod', 'unwanted', '--wait=false');
    await sandbox.kill('agent-4');
    await eventually(async () => (await sandbox.pod('lost')).metadata.deletionTimestamp !== undefined, {
      what: 'the pod to be deleted',
      timeoutMs: 90_000,
      everyMs: 500,
    });
    const kept = await sandbox.pod('kept');
    assert.equal(kept.metadata.deletionTimestamp, undefined);
    const unwanted = await sandbox.pod('unwanted');
    assert.ok(unwanted.metadata.deletionTimestamp, 'its grace has long been over');
    for (const { status } of [kept, unwanted]) {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      assert.deepEqual([ready?.status, ready?.reason], ['False', 'AgentUnreachable']);
      assert.equal(status?.phase, 'Running');
    }
    const running = (await containersOfPod(unwanted.metadata.uid)).filter((line) => line.endsWith('running'));
    assert.equal(running.length, 2);

    // A machine that is gone for good, as its operator says. The machine disagrees.
    const { uid } = (await sandbox.pod('declared-dead')).metadata;
    await assert.rejects(
      sandbox.longshore(['agents', 'remove', 'agent-4']),
      /has not been heard of for .* 1 pod \(default\/declared-dead\) may still run there.* say --yes/,
    );
    await sandbox.longshore(['agents', 'remove', 'agent-4', '--yes']);
    assert.equal(await kubectl('get', 'agent', 'agent-4', '--ignore-not-found'), '');
    await eventually(async () => (await sandbox.findPod('declared-dead')) === undefined, { what: 'its end' });
    assert.notDeepEqual(await containersOfPod(uid), []);
    sandbox.startAgent('agent-4');
    await eventually(async () => (await containersOfPod(uid)).length === 0, {
      what: 'the agent to stop the pod that it is told of',
      timeoutMs: 30_000,
      everyMs: 500,
    });
    const line = 'jsonpath={.type} {.object.status.phase}{"\\n"}';
    await using end = sandbox.followKubectl([
      ...['get', 'pod', 'unwanted', '--watch', '--output-watch-events', '-o', line],
    ]);
    await eventually(() => /^ADDED Running$/m.test(end.output), { what: 'a watch' });
    sandbox.startAgent('agent-5');
    for (const name of ['lost', 'unwanted']) {
      await eventually(async () => (await sandbox.findPod(name)) === undefined, {
        what: `the end of ${name}`,
      });
    }
    assert.deepEqual(await containersOfPod(unwanted.metadata.uid), []);
    await eventually(() => /^MODIFIED Succeeded\nDELETED Succeeded\n$/m.test(end.output), {
      what: 'its final status, and then its end',
    });
    await kubectl('wait', '--for=condition=Ready', 'pod/kept', '--timeout=30s');
    await remove();
  });
});
