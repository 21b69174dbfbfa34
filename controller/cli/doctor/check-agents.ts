// The machines: connected, in time, with room on their disks, with a Docker that answers.
import type { AgentHealth__Output } from '../../../proto/gen/longshore/v1/AgentHealth.ts';
import { formatAge } from '../age.ts';
import { type Check, type Finding, fail, ok, skip, warn } from './check.ts';
import { apart } from './check-controller.ts';

/** Looks at every agent; those that are well are one finding together. */
function eachAgent(
  name: string,
  hop: string,
  look: (agent: AgentHealth__Output, nowMs: number) => Finding | undefined,
  well: string,
): Check {
  return {
    ...{ name, hop, needs: ['controller'] },
    async run({ diagnosis, nowMs }) {
      const { agents } = diagnosis();
      if (agents.length === 0) return skip('no agent has joined yet: longshore tokens create');
      const looked = agents.map((agent) => look(agent, nowMs()));
      const wrong = looked.filter((finding) => finding !== undefined);
      const fine = agents.length - wrong.length;
      return [...wrong, ...(fine > 0 ? [ok(`${fine} of ${agents.length} ${well}`)] : [])];
    },
  };
}

const LOG = 'look at the machine, its network and the log of its agent';

/** Spare machines come and go: one that is away is worth a look, all of them away is a failure. */
const someConnected = eachAgent(
  'agents',
  'agent -> controller',
  ({ name, connected, ready, lastSeenMs }, nowMs) => {
    if (connected && ready) return undefined;
    if (connected) return warn(`${name} is connected and not ready`, `longshore agents describe ${name}`);
    const seen = lastSeenMs === 0 ? 'never seen' : `last seen ${formatAge(lastSeenMs, nowMs)} ago`;
    return warn(`${name} is ${ready ? 'reconnecting' : 'not connected'}, ${seen}`, LOG);
  },
  'connected and ready',
);

const connections: Check = {
  ...someConnected,
  async run(context) {
    const found = await someConnected.run(context);
    const { agents } = context.diagnosis();
    if (agents.length === 0 || agents.some(({ connected }) => connected)) return found;
    return [
      fail(
        'no agent is connected',
        'the cause is likely here: check that --advertise-address is what machines can reach, and its port open',
      ),
      ...[found].flat(),
    ];
  },
};

const SKEW_WARN_MS = 5000;
const SKEW_FAIL_MS = 300_000;

const clocks = eachAgent(
  "agents' clocks",
  'agent',
  ({ name, clockAheadMs, connected }) => {
    if (!connected) return skip(`${name}: not connected`);
    if (clockAheadMs === undefined) return skip(`${name}: has not told the time yet; it does every 10 s`);
    if (Math.abs(clockAheadMs) < SKEW_WARN_MS) return undefined;
    const message = `${name} is ${apart(clockAheadMs, 'the controller')}`;
    const remedy = 'set its clock by NTP (systemd-timesyncd or chrony): events and certificates depend on it';
    return Math.abs(clockAheadMs) < SKEW_FAIL_MS ? warn(message, remedy) : fail(message, remedy);
  },
  'within 5 s of the controller',
);

/** A condition of the machine that is as it should be when it has this status. */
function condition(
  name: string,
  what: { readonly type: string; readonly good: string; readonly well: string; readonly remedy: string },
) {
  return eachAgent(
    name,
    'agent -> Docker',
    (agent) => {
      const found = agent.conditions.find(({ type }) => type === what.type);
      if (!agent.connected) return skip(`${agent.name}: not connected`);
      if (!found) return skip(`${agent.name}: does not say`);
      if (found.status === what.good) return undefined;
      return fail(`${agent.name}: ${found.message || found.reason}`, what.remedy);
    },
    what.well,
  );
}

const disk = condition("agents' disks", {
  ...{ type: 'DiskPressure', good: 'False', well: 'have room' },
  remedy: 'free room where Docker keeps its data: unused images go by themselves, logs and volumes do not',
});

const docker = condition("agents' Docker", {
  ...{ type: 'EngineReady', good: 'True', well: 'have a Docker Engine that answers' },
  remedy: 'see `systemctl status docker` and `docker info` on the machine',
});

export const AGENT_CHECKS: readonly Check[] = [connections, clocks, disk, docker];
