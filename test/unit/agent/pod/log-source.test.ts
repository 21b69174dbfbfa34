import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logSource } from '../../../../agent/pod/log-source.ts';
import type { ContainerStatus } from '../../../../common/pod.ts';
import { aContainerStatus } from '../../../kit/pods.ts';

const ended = (id: string) => ({ terminated: { exitCode: 1, containerID: `docker://${id}` } });
const waiting = (reason: string) => ({ waiting: { reason } });
const WHERE = 'container "main" in pod "web"';
const found = (id: string, live = false) => ({ kind: 'container', id, live });
const refused = (message: string) => ({ kind: 'bad-request', message });

describe('logSource', () => {
  const cases: { name: string; status: Partial<ContainerStatus>; previous?: boolean; source: object }[] = [
    { name: 'a running one', status: {}, source: found('c1', true) },
    { name: 'an ended one', status: { state: ended('c1') }, source: found('c1') },
    {
      name: 'the last attempt of a crash loop',
      status: { state: waiting('CrashLoopBackOff'), lastState: ended('c0') },
      source: found('c0'),
    },
    { name: 'the previous one', status: { lastState: ended('c0') }, previous: true, source: found('c0') },
    {
      name: 'no previous one',
      status: {},
      previous: true,
      source: refused('previous terminated container "main" in pod "web" not found'),
    },
    {
      name: 'one being made',
      status: { state: waiting('ContainerCreating'), containerID: '' },
      source: refused(`${WHERE} is waiting to start: ContainerCreating`),
    },
    {
      name: 'one whose pull fails',
      status: { state: waiting('ErrImagePull') },
      source: refused(`${WHERE} is waiting to start: image can't be pulled`),
    },
    {
      name: 'one whose pull backs off',
      status: { state: waiting('ImagePullBackOff') },
      source: refused(`${WHERE} is waiting to start: trying and failing to pull image`),
    },
    {
      name: 'one that ended unseen',
      status: { state: { terminated: { exitCode: 137 } } },
      source: refused(`${WHERE} is terminated`),
    },
    {
      name: 'the last attempt of one whose next was never made',
      status: { state: { terminated: { exitCode: 137 } }, lastState: ended('c0') },
      source: found('c0'),
    },
    {
      name: 'one that waits after an attempt that ended unseen',
      status: { state: waiting('CrashLoopBackOff'), lastState: { terminated: { exitCode: 137 } } },
      source: refused(`${WHERE} is terminated`),
    },
    {
      name: 'one in no known state',
      status: { state: {} },
      source: refused(`${WHERE} is waiting to start - no logs yet`),
    },
  ];
  for (const { name, status, previous = false, source } of cases) {
    it(`answers for ${name}`, () => {
      const containerStatuses = [aContainerStatus(status)];
      const question = { podName: 'web', container: 'main', previous };
      assert.deepEqual(logSource({ containerStatuses }, question), source);
    });
  }

  for (const previous of [false, true]) {
    it(`has none of a container that nothing is said of${previous ? ', nor a previous one' : ''}`, () => {
      const question = { podName: 'web', container: 'main', previous };
      assert.deepEqual(logSource({}, question), refused(`${WHERE} is not available`));
    });
  }
});
