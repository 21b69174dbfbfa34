// The identity in an agent's client certificate: the URI `longshore://agent/<name>/<uid>` among its alternative names.
// The uid is that of the Agent object, so a certificate for an Agent made anew under the same name is another identity.
import { isAgentName } from './names.ts';

export interface AgentIdentity {
  readonly name: string;
  readonly uid: string;
}

const IDENTITY_URI = /^longshore:\/\/agent\/([a-z0-9-]{1,63})\/([A-Za-z0-9-]{1,128})$/;

export function agentIdentityUri(agent: AgentIdentity): string {
  return `longshore://agent/${agent.name}/${agent.uid}`;
}

/** Undefined when the text is no agent's URI. */
export function parseAgentIdentityUri(uri: string): AgentIdentity | undefined {
  const [, name = '', uid = ''] = IDENTITY_URI.exec(uri) ?? [];
  return isAgentName(name) ? { name, uid } : undefined;
}

/** From the text form of a certificate's alternative names; undefined unless exactly one agent is named. */
export function identityFromAltNames(altNames: string | undefined): AgentIdentity | undefined {
  const uris = (altNames ?? '').split(', ').filter((entry) => entry.startsWith('URI:'));
  const [uri] = uris;
  return uris.length === 1 && uri ? parseAgentIdentityUri(uri.slice('URI:'.length)) : undefined;
}
