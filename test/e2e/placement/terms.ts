// What pods of these scenarios ask of their machines, as parts of their specs, and what those hear that ask in vain.

export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}
export type Labels = Readonly<Record<string, string>>;

/** Topology keys that mean one machine each; the second one is on the node too. */
export const AGENT = 'longshore.dev/agent';
export const DOMAIN = 'longshore.dev/agent-domain';

export const has = (key: string): Requirement => ({ key, operator: 'Exists' });
export const lacks = (key: string): Requirement => ({ key, operator: 'DoesNotExist' });

export const nodeAffinity = (...nodeSelectorTerms: object[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
});
export const term = (agent: string, ...more: Requirement[]) => ({
  matchExpressions: [has(`agent.longshore.dev/${agent}`), ...more],
});

/** A machine with all of these presence labels. */
export const exists = (...keys: string[]) => ({
  affinity: nodeAffinity({ matchExpressions: keys.map(has) }),
});
export const onAgent = (agent: string, ...more: Requirement[]) => ({
  affinity: nodeAffinity(term(agent, ...more)),
});
export const among = (...agents: string[]) => ({
  affinity: nodeAffinity(...agents.map((agent) => term(agent))),
});

/** For agent-5. */
export const TAINT = { key: 'guest', value: 'friend', effect: 'NoSchedule' };
export const UNTOLERATED = `had untolerated taint {${TAINT.key}: ${TAINT.value}}`;

export const WRONG_MACHINE = "didn't match node affinity/selector";
export const NOWHERE = `0/5 agents fit: 5 ${WRONG_MACHINE}`;
/** A pod that is for one machine. */
export const keptOff = (reason: string) => `0/5 agents fit: 4 ${WRONG_MACHINE}, 1 ${reason}`;
