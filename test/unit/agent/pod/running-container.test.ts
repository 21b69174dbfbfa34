import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runningContainer } from '../../../../agent/pod/running-container.ts';
import type { ContainerStatus, PodStatus } from '../../../../common/pod.ts';

const running = (name: string): ContainerStatus => ({
  ...{ name, image: 'i', imageID: '', ready: true, restartCount: 0 },
  containerID: `docker://${name}-id`,
  state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
});

const status: PodStatus = {
  initContainerStatuses: [running('sidecar')],
  containerStatuses: [
    running('app'),
    { ...running('done'), state: { terminated: { exitCode: 0, containerID: 'docker://done-id' } } },
    { ...running('crashing'), state: { waiting: { reason: 'CrashLoopBackOff' } } },
  ],
  ephemeralContainerStatuses: [running('debugger')],
};

describe('the container for a command', () => {
  const cases: [name: string, id: string | undefined][] = [
    ['app', 'app-id'],
    ['sidecar', 'sidecar-id'],
    ['debugger', 'debugger-id'],
    ['done', undefined],
    ['crashing', undefined],
    ['nope', undefined],
  ];
  for (const [name, id] of cases) {
    it(`named ${name} is ${id}`, () => assert.equal(runningContainer(status, name), id));
  }

  it('is none while nothing is known of the pod', () =>
    assert.equal(runningContainer(undefined, 'app'), undefined));
});
