// Machines that have owners: given back in quiet hours and when their owners need them, and back by themselves.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../common/pod.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { type MachineFolder, makeMachineFolder } from '../kit/machine-folder.ts';
import { podManifest, podTemplate } from '../kit/manifest.ts';
import { containersOfPod, controlPlaneUnderTest, startSandbox, type TestSandbox } from '../kit/sandbox.ts';

const MINUTE = 60_000;
const ENOUGH = 30_000;
const SENSOR = 'sys/class/thermal/thermal_zone0/temp';

describe('a fleet of spare machines', { concurrency: true }, () => {
  let sandbox: TestSandbox;
  let machine: MachineFolder;
  const kubectl = (...args: string[]) => sandbox.kubectl(args);
  const patchAgent = (name: string, spec: object) =>
    kubectl('patch', 'agent', name, '--type', 'merge', '-p', JSON.stringify({ spec }));
  const condition = async (agent: string, type: string) =>
    await kubectl(
      ...['get', 'agent', agent, '-o'],
      `jsonpath={range .status.conditions[?(@.type=="${type}")]}{.status} {.reason}: {.message}{end}`,
    );
  const becomes = (agent: string, type: string, pattern: RegExp) =>
    eventually(async () => pattern.exec(await condition(agent, type)), {
      ...{ what: `${type} of ${agent}`, timeoutMs: 90_000, everyMs: 300 },
    });

  before(async () => {
    await ensureBusyboxImage();
    machine = await makeMachineFolder({ [SENSOR]: '41000' });
    sandbox = await startSandbox({ agents: 5 });
    await sandbox.kill('agent-1');
    sandbox.startAgent('agent-1', ['--host-root', machine.root]);
  });
  after(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    await machine?.[Symbol.asyncDispose]();
  });

  async function runOn(agent: string, name: string): Promise<string> {
    const spec = {
      nodeSelector: { [`agent.longshore.dev/${agent}`]: 'true' },
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 1,
    };
    await sandbox.kubectl(
      ['apply', '-f', '-'],
      podManifest({ name, containers: { main: 'exec sleep 1000' }, spec }),
    );
    await kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');
    return (await sandbox.pod(name)).metadata.uid;
  }

  async function isEvicted(name: string, { uid, why }: { uid: string; why: RegExp }): Promise<void> {
    await eventually(async () => (await sandbox.findPod(name)) === undefined, {
      ...{ what: `the end of ${name}`, timeoutMs: 60_000 },
    });
    assert.deepEqual(await containersOfPod(uid), []);
    assert.match(await kubectl('get', 'events', '--field-selector', `involvedObject.name=${name}`), why);
  }

  /** The pod of the Deployment that is ready, and where it runs. */
  const worker = async () => {
    const { items } = JSON.parse(await kubectl('get', 'pods', '-l', 'app=worker', '-o', 'json'));
    const [pod] = (items as Pod[]).filter(({ metadata, status }) => {
      const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
      return ready && metadata.deletionTimestamp === undefined;
    });
    return pod && { uid: pod.metadata.uid, agent: pod.metadata.annotations?.['longshore.dev/agent'] };
  };

  /** A replica that would rather be on agent-2 than anywhere else. */
  async function deploy(): Promise<string> {
    const preferred = {
      weight: 100,
      preference: { matchExpressions: [{ key: 'agent.longshore.dev/agent-2', operator: 'Exists' }] },
    };
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [preferred] } };
    const labels = { app: 'worker' };
    const template = podTemplate({ containers: { main: 'exec sleep 1000' }, spec: { affinity } }, labels);
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'worker' }, spec };
    await sandbox.kubectl(['apply', '-f', '-'], JSON.stringify(deployment));
    const first = await eventually(worker, { what: 'the Deployment’s pod' });
    assert.equal(first.agent, 'agent-2');
    return first.uid;
  }

  it('gives a machine back for its quiet hours and gets it again when they end', async () => {
    const uid = await runOn('agent-2', 'by-day');
    // The built-in control plane has nobody who would make pods of it.
    const replica = controlPlaneUnderTest() === 'real' ? await deploy() : undefined;
    const end = Math.ceil((Date.now() + ENOUGH) / MINUTE) * MINUTE;
    const begin = new Date(end - 30 * MINUTE);
    const schedule = `${begin.getUTCMinutes()} ${begin.getUTCHours()} * * *`;
    await patchAgent('agent-2', { quietHours: [{ schedule, duration: '30m', timeZone: 'Etc/UTC' }] });
    await becomes('agent-2', 'QuietHours', /^True InQuietHours: the machine is its owner's until /);
    assert.match(await kubectl('get', 'agents'), /agent-2 +True +True +\d+ +[^ ]*64 /);
    assert.match(await sandbox.longshore(['agents', 'list']), /agent-2 +Ready,QuietHours/);
    assert.match(await sandbox.longshore(['status']), /[34] schedulable, [12] left to their owners/);
    await isEvicted('by-day', { uid, why: / Evicted .* agent agent-2 is in quiet hours/ });
    if (replica !== undefined) {
      const moved = await eventually(
        async () => {
          const now = await worker();
          return now && now.uid !== replica ? now : undefined;
        },
        { what: 'another pod of the Deployment' },
      );
      assert.match(moved.agent ?? '', /^agent-[1345]$/);
      assert.deepEqual(await containersOfPod(replica), []);
    }
    assert.equal(
      (await kubectl('get', 'agent', 'agent-2', '-o', 'jsonpath={.spec.unschedulable}')).trim(),
      '',
    );
    await becomes('agent-2', 'QuietHours', /^False OutsideQuietHours: quiet hours begin at /);
    await runOn('agent-2', 'by-night');
    if (replica !== undefined) await kubectl('delete', 'deployment', 'worker');
    const described = await kubectl('describe', 'agent', 'agent-2');
    for (const reason of ['QuietHoursBegan', 'QuietHoursEnded']) assert.match(described, new RegExp(reason));
  });

  it('gives a machine back while it is hot and gets it again when it has cooled down', async () => {
    const uid = await runOn('agent-1', 'cool');
    const yieldWhen = { temperatureCelsius: 80, afterSeconds: 0, returnAfterSeconds: 0 };
    await patchAgent('agent-1', { yieldWhen, ownerShare: { cpu: '500m' } });
    await becomes('agent-1', 'Yielding', /^False NoThresholdCrossed: no threshold is crossed$/);
    await machine.write({ [SENSOR]: '91400' });
    await becomes('agent-1', 'Yielding', /^True Temperature: the machine is at 91 °C, its limit is 80 °C$/);
    await isEvicted('cool', { uid, why: / Evicted .* agent agent-1 is yielding to its owner/ });
    assert.match(await sandbox.longshore(['agents', 'list']), /agent-1 +Ready,Yielding/);
    await machine.write({ [SENSOR]: '52000' });
    await becomes('agent-1', 'Yielding', /^False NoThresholdCrossed/);
    await runOn('agent-1', 'cool-again');
    const allocatable = await kubectl('get', 'agent', 'agent-1', '-o', 'jsonpath={.status.allocatable.cpu}');
    assert.equal(allocatable, '1500m');
  });
});
