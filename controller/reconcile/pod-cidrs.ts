// Gives each agent its part of the fleet's pod addresses, once and for good: it is on record in the Agent before the
// agent hears of it, so that no two ever make pods in the same.
import { cidrText, NO_POD_CIDR, parseCidrLoosely } from '../../common/cidr.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { Agent } from '../model/agent.ts';
import { nextPodCidr, type PodRange } from '../model/pod-cidrs.ts';

export interface PodCidrs {
  /** Empty: it cannot be said now; the agent keeps what it has. */
  of(agentName: string): Promise<string>;
}

export interface PodCidrsOptions {
  /** Undefined: agents get none. */
  readonly range: PodRange | undefined;
  readonly agents: {
    list(): readonly Agent[];
    get(name: string): Agent | undefined;
    /** Rejects when the object has changed meanwhile. */
    setPodCidr(agent: Agent, podCidr: string): Promise<Agent>;
  };
  readonly log: Log;
}

const TRIES = 3;

export function createPodCidrs({ range, agents, log }: PodCidrsOptions): PodCidrs {
  /** By agent UID, what this leader gave: lists may not show it yet. */
  const given = new Map<string, string>();
  let last: Promise<unknown> = Promise.resolve();

  async function give(name: string, podRange: PodRange): Promise<string> {
    for (let tries = 1; ; tries++) {
      const agent = agents.get(name);
      if (!agent) throw new LongshoreError('not-found', `there is no agent '${name}'`);
      const known = recorded(agent);
      if (known !== undefined) return known;
      const present = new Set(agents.list().map(({ metadata }) => metadata.uid));
      for (const uid of given.keys()) if (!present.has(uid) && uid !== agent.metadata.uid) given.delete(uid);
      const taken = agents.list().flatMap(({ spec }) => spec.podCIDR ?? []);
      const others = [...given].filter(([uid]) => uid !== agent.metadata.uid).map(([, cidr]) => cidr);
      const podCidr = nextPodCidr(podRange, [...taken, ...others]);
      if (podCidr === undefined) {
        throw new LongshoreError(
          'exhausted',
          'every part of --pod-cidr is given to an agent: give a larger one',
        );
      }
      try {
        given.set(agent.metadata.uid, podCidr);
        await agents.setPodCidr(agent, podCidr);
        return podCidr;
      } catch (error) {
        // It may have been written all the same: the part stays this agent's.
        if (tries >= TRIES) throw error;
      }
    }
  }

  return {
    async of(name) {
      if (!range) return NO_POD_CIDR;
      const agent = agents.get(name);
      const known = agent && recorded(agent);
      if (known !== undefined) return known;
      // One after the other: two at a time would be given the same.
      const giving = last.then(() => give(name, range));
      last = giving.catch(() => undefined);
      return await giving.catch((error: unknown) => {
        log.warn({ agent: name, reason: describeError(error) }, 'cannot give an agent its pod addresses');
        return '';
      });
    },
  };
}

/** The range that an Agent's word stands for. The schema lets nothing else in than an address and a prefix. */
function recorded({ spec: { podCIDR } }: Agent): string | undefined {
  const range = podCIDR ? parseCidrLoosely(podCIDR) : undefined;
  return range && cidrText(range);
}
