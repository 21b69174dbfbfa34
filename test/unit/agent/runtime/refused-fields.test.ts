// Whatever a pod asks for that cannot be had: the pod waits or fails, and its status and an event name the field, though
// the agent died before the controller had heard of it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyRow, AnyTable } from '../../../../agent/pod/support/field.ts';
import { POD_SPEC } from '../../../../agent/pod/support/pod-spec.ts';
import type { Pod } from '../../../../common/pod.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptContainer, scriptPod } from '../../../kit/pod-machine.ts';

type Fragment = Readonly<Record<string, unknown>>;

interface Refusal {
  readonly path: string;
  readonly spec: Fragment;
}

/** What the fields that are lists have in every item. */
const ITEMS: Readonly<Record<string, Fragment>> = {
  containers: { name: 'main', image: 'busybox' },
  initContainers: { name: 'init', image: 'busybox' },
  ephemeralContainers: { name: 'debug', image: 'busybox' },
  volumes: { name: 'data' },
  volumeMounts: { name: 'data', mountPath: '/data' },
  restartPolicyRules: { exitCodes: { operator: 'In', values: [1] } },
  sources: {},
  env: { name: 'X' },
  envFrom: {},
};

/** One of these a restricted field refuses. */
const WRONG: readonly unknown[] = ['Sideways', { 'hugepages-2Mi': '1' }, true, 'HugePages'];

const refusals = refusalsOf(POD_SPEC, (fragment) => fragment, 'spec', new Set());

describe('a field that cannot be had', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });

  it('is found in the tables, in every kind of object', () => {
    assert.ok(refusals.length > 40, `${refusals.length}`);
  });

  it('keeps an ephemeral container from starting, and the pod running', async () => {
    const pod = scriptPod({ main: SERVE });
    const uid = await apply(pod);
    const debug = { ...scriptContainer('debug', SERVE), securityContext: { windowsOptions: {} } };
    await apply({ ...pod, spec: { ...pod.spec, ephemeralContainers: [debug] } });
    await machine.settle(1000);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
    assert.equal(machine.container(uid, 'debug')?.state?.waiting?.reason, 'CreateContainerConfigError');
    assert.match(
      machine.messages('Failed').join(),
      /ephemeralContainers\{debug\}.securityContext.windowsOptions/,
    );
    assert.equal(machine.status(uid)?.phase, 'Running');

    // Nothing of the pod is left in Docker: all but that container starts anew.
    machine.engine.vanish('main');
    machine.engine.vanish('POD');
    await machine.settle(60_000);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/1']);
    assert.equal(machine.container(uid, 'debug')?.state?.waiting?.reason, 'CreateContainerConfigError');
  });

  for (const { path, spec } of refusals) {
    it(`is named: ${path}`, async () => {
      // A volume that nobody mounts is nobody's concern.
      const volumeMounts = [{ name: 'data', mountPath: '/data' }];
      const containers = [{ name: 'main', ...(spec['volumes'] ? { volumeMounts } : {}) }];
      const pod = scriptPod({ main: SERVE }, { containers });
      const whole = { ...pod, spec: { ...pod.spec, ...spec } } as Pod;
      machine.controllerHears = false;
      const uid = await apply(whole);
      machine.controllerHears = true;
      await machine.crashAndStart();
      await machine.settle(10_000);
      const status = machine.status(uid);
      const aside = path.startsWith('spec.ephemeralContainers.');
      assert.deepEqual(machine.engine.running(), aside ? ['POD/0', 'main/0'] : [], 'what runs beside it');
      assert.ok(
        status?.phase === (aside ? 'Running' : 'Pending') || status?.phase === 'Failed',
        status?.phase,
      );
      if (status.phase === 'Pending') {
        const ready = status.conditions?.find(({ type }) => type === 'Ready');
        assert.equal(ready?.reason, 'ContainersNotReady');
      }
      const [parent = '', last = ''] = path.toLowerCase().split('.').slice(-2);
      const name = last === 'name' ? parent : last;
      const warnings = machine.events.filter(({ podUid, type }) => podUid === uid && type === 'Warning');
      assert.ok(
        warnings.some(({ message }) => message.toLowerCase().includes(name)),
        `${status.message} ${warnings.map(({ reason, message }) => `${reason}: ${message}`).join('; ')}`,
      );
    });
  }
});

function refusalsOf(
  table: AnyTable,
  wrap: (fragment: Fragment) => Fragment,
  path: string,
  seen: Set<AnyTable>,
): Refusal[] {
  if (seen.has(table)) return [];
  seen.add(table);
  return Object.entries(table.rows).flatMap(([field, row]): Refusal[] => {
    const here = `${path}.${field}`;
    if (row.kind === 'fields') {
      const item = ITEMS[field];
      const inner = (fragment: Fragment) => wrap({ [field]: item ? [{ ...item, ...fragment }] : fragment });
      return refusalsOf(row.table, inner, here, seen);
    }
    const wrong = wrongValue(field, row);
    return wrong === undefined ? [] : [{ path: here, spec: wrap({ [field]: wrong }) }];
  });
}

function wrongValue(field: string, row: AnyRow): unknown {
  if (row.kind === 'refused') {
    if (row.unless !== undefined) return !row.unless;
    return ['resourceClaims', 'claims', 'volumeDevices'].includes(field)
      ? [{ name: 'one' }]
      : { name: 'one' };
  }
  if (row.kind !== 'supported') return undefined;
  return WRONG.find((value) => row.only?.refuses(value) !== undefined);
}
