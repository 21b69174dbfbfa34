// From when on a pod's log is read on a machine whose clock is not the controller's.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DockerClients } from '../../../../agent/runtime/docker-clients.ts';
import type { LogOptions } from '../../../../agent/runtime/logs.ts';
import { createPodStreams } from '../../../../agent/runtime/pod-streams.ts';
import { parseLogOptions } from '../../../../controller/kubelet/log-options.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aContainerStatus, aPod, runningStatus } from '../../../kit/pods.ts';

const TRUE_TIME = Date.parse('2026-01-01T00:00:00Z');
const TEN_MINUTES_MS = 600_000;

/** What is asked of Docker, whose stamps are by the machine's own clock. */
async function asked(query: string, agentClockMs: number): Promise<LogOptions | undefined> {
  let options: LogOptions | undefined;
  const containerStatuses = [aContainerStatus({ name: 'main', containerID: 'docker://c' })];
  const streams = createPodStreams({
    findPod: () => ({ pod: aPod(), status: runningStatus({ containerStatuses }) }),
    openContainerLogs: async (given) => {
      options = given;
      return (async function* () {})();
    },
    docker: {} as DockerClients,
    dial: () => Promise.reject(new Error('nobody is called')),
    clock: new ManualClock(agentClockMs),
  });
  const parsed = parseLogOptions(new URLSearchParams(query));
  assert.ok(parsed.ok);
  await streams.logs({ podUid: 'u', container: 'main', ...parsed.options }, new AbortController().signal);
  return options;
}

describe('the past of a log', () => {
  for (const offMs of [-TEN_MINUTES_MS, 0, TEN_MINUTES_MS]) {
    const agentMs = TRUE_TIME + offMs;
    it(`by its age is by the clock of the machine, here ${offMs / 1000} s off`, async () => {
      assert.equal((await asked('sinceSeconds=300', agentMs))?.sinceTimeMs, agentMs - 300_000);
    });

    it(`by a time is by that time, whatever the clock of the machine says, here ${offMs / 1000} s off`, async () => {
      assert.equal(
        (await asked('sinceTime=2025-12-31T23:55:00Z', agentMs))?.sinceTimeMs,
        TRUE_TIME - 300_000,
      );
    });
  }

  it('is all of it where the age is beyond every log', async () => {
    const query = 'sinceSeconds=9223372036854775807';
    assert.equal((await asked(query, TRUE_TIME))?.sinceTimeMs, undefined);
    assert.equal((await asked('', TRUE_TIME))?.sinceTimeMs, undefined);
  });
});
