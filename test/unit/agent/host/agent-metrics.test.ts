import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAgentMetrics } from '../../../../agent/host/agent-metrics.ts';
import { metricsMessage } from '../../../../agent/link/metrics-message.ts';
import { AGENT_METRICS } from '../../../../common/agent-metrics.ts';
import { expositionText } from '../../../../common/metrics/exposition.ts';

const LINK = { waitingEvents: 3, waitingMessages: 4 };

describe("the agent's numbers", () => {
  it('are all of those that are documented, and small', async () => {
    using metrics = createAgentMetrics(async () => 4096);
    metrics.dockerCalled({ operation: 'containers/start', result: 'ok', durationMs: 40 });
    metrics.dockerCalled({ operation: 'containers/start', result: 'refused', durationMs: 60_000 });
    metrics.pulled('ok', 1500);
    metrics.created('restart');
    metrics.probed('liveness', 'failure');
    metrics.sessionBegan();
    metrics.sessionFailed('unavailable');
    const families = await metrics.measure(LINK);
    const names = AGENT_METRICS.map(({ name }) => name);
    assert.deepEqual(families.map(({ name }) => name).sort(), names.toSorted());
    const text = [...expositionText(families)].join('');
    for (const line of [
      'longshore_agent_docker_calls_total{operation="containers/start",result="ok"} 1',
      'longshore_agent_docker_call_duration_seconds_bucket{le="0.05"} 1',
      'longshore_agent_docker_call_duration_seconds_count 2',
      'longshore_agent_image_pull_seconds_total 1.5',
      'longshore_agent_containers_created_total{kind="restart"} 1',
      'longshore_agent_probes_total{probe="liveness",result="failure"} 1',
      'longshore_agent_sessions_total 1',
      'longshore_agent_session_failures_total{code="unavailable"} 1',
      'longshore_agent_state_folder_bytes 4096',
      'longshore_agent_waiting_events 3',
      'longshore_agent_waiting_messages 4',
      'longshore_agent_lost_events_total 0',
    ]) {
      assert.ok(text.includes(`\n${line}\n`), `${line} is missing in\n${text}`);
    }
    assert.match(text, /^longshore_agent_resident_memory_bytes \d{8,}$/m);
    assert.ok(JSON.stringify(metricsMessage(families)).length < 8192);
  });
});
