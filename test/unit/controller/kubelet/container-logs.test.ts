import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import type { Pod, PodStatus } from '../../../../common/pod.ts';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import { createContainerLogs } from '../../../../controller/kubelet/container-logs.ts';
import type { FoundPod } from '../../../../controller/kubelet/found-pod.ts';
import type { LogsRequest } from '../../../../proto/gen/longshore/v1/LogsRequest.ts';

const pod = (status: PodStatus = { phase: 'Running' }): Pod => ({
  metadata: { namespace: 'default', name: 'web', uid: 'u-1' },
  spec: {
    containers: [{ name: 'app' }],
    initContainers: [{ name: 'setup' }],
    ephemeralContainers: [{ name: 'debugger' }],
  },
  status,
});

const withoutInits = (from: Pod): Pod => ({ ...from, spec: { ...from.spec, initContainers: [] } });
const leaving = (from: Pod): Pod => ({
  ...from,
  metadata: { ...from.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
});

async function* bytes(): AsyncGenerator<StreamOutput> {
  yield { kind: 'data', data: Buffer.from('hello\n') };
}

const connected = (requests: LogsRequest[] = []): FoundPod => ({
  pod: pod(),
  agentName: 'garage-pi',
  link: {
    openStream: async ({ logs }) => {
      if (logs) requests.push(logs);
      return { output: bytes(), send: async () => undefined };
    },
  },
});

const OPTIONS = {
  ...{ follow: true, previous: false, timestamps: false, tailLines: 0 },
  stream: 'LOG_STREAM_ALL',
} as const;

const open = (found: FoundPod | undefined, container = 'app') => {
  const finder = {
    findPod: (namespace: string, name: string) =>
      `${namespace}/${name}` === 'default/web' ? found : undefined,
  };
  return createContainerLogs(finder).open(
    { namespace: 'default', pod: 'web', container, options: OPTIONS },
    new AbortController().signal,
  );
};

describe('createContainerLogs', () => {
  it('asks the agent that holds the pod, by UID', async () => {
    const requests: LogsRequest[] = [];
    const body = await text(await open(connected(requests)));
    assert.equal(body, 'hello\n');
    assert.deepEqual(requests, [{ podUid: 'u-1', container: 'app', ...OPTIONS }]);
  });

  for (const container of ['setup', 'debugger']) {
    it(`knows the ${container} container too`, async () => {
      await assert.doesNotReject(open(connected(), container));
    });
  }

  const waiting = (status: PodStatus): FoundPod => ({
    pod: withoutInits(pod(status)),
    agentName: undefined,
    link: undefined,
  });
  const unheardOf = (there: Pod): FoundPod => ({
    pod: there,
    agentName: 'garage-pi',
    link: {
      openStream: () => Promise.reject(new LongshoreError('not-found', 'pod with UID "u-1" does not exist')),
    },
  });
  const refused: [
    what: string,
    found: FoundPod | undefined,
    container: string,
    code: string,
    message: string,
  ][] = [
    ['an unknown pod', undefined, 'app', 'not-found', 'pod "web" does not exist'],
    ['an unknown container', connected(), 'nope', 'not-found', 'container "nope" not found in pod "web"'],
    [
      'a pod that no agent has been chosen for yet',
      waiting({ phase: 'Pending' }),
      'app',
      'invalid',
      'container "app" in pod "web" is waiting to start: ContainerCreating',
    ],
    [
      'a pod that fits no agent',
      waiting({
        phase: 'Pending',
        conditions: [
          {
            type: 'longshore.dev/Placed',
            status: 'False',
            message: '0/3 agents fit: 2 insufficient memory, 1 cordoned',
          },
        ],
      }),
      'app',
      'invalid',
      'container "app" in pod "web" is waiting to start: ContainerCreating (no agent yet: 0/3 agents fit: 2 insufficient memory, 1 cordoned)',
    ],
    [
      'a pod that ended without ever being placed',
      waiting({ phase: 'Failed' }),
      'app',
      'invalid',
      'container "app" in pod "web" is not available',
    ],
    [
      'a pod that its agent has not heard of yet',
      unheardOf(withoutInits(pod({ phase: 'Pending' }))),
      'app',
      'invalid',
      'container "app" in pod "web" is waiting to start: ContainerCreating',
    ],
    [
      'one with init containers, whose containers wait for those',
      unheardOf(pod({ phase: 'Pending' })),
      'app',
      'invalid',
      'container "app" in pod "web" is waiting to start: PodInitializing',
    ],
    [
      'a pod that its agent has done with',
      unheardOf(leaving(pod())),
      'app',
      'invalid',
      'container "app" in pod "web" is not available',
    ],
    [
      'a pod whose agent is away',
      { ...connected(), link: undefined },
      'app',
      'unavailable',
      'container "app" in pod "web" is not available: agent "garage-pi" is not connected to the controller; its logs can be read when it is back',
    ],
  ];
  for (const [what, found, container, code, message] of refused) {
    it(`refuses ${what} as ${code}`, async () => {
      await assert.rejects(open(found, container), (error: unknown) => {
        assert.ok(error instanceof LongshoreError);
        assert.deepEqual({ code: error.code, message: error.message }, { code, message });
        return true;
      });
    });
  }
});
