// The annotation `longshore.dev/agent-selector`: "zone=garage,arch in (arm64),!old,cores gt 3". Kubernetes' label-selector
// syntax with `gt` and `lt` as words too; keys may be the short names of presence labels.
import { AGENT_SELECTOR_ANNOTATION } from '../../../common/names.ts';
import type { Pod } from '../../../common/pod.ts';
import { labelOf, matchesRequirement, type Requirement } from '../requirement.ts';
import { labelByAlias, type PresenceKey } from './presence-labels.ts';

export interface AgentRequirement extends Requirement {
  readonly key: string;
}

export type AgentSelector =
  | { readonly kind: 'none' }
  | { readonly kind: 'requirements'; readonly requirements: readonly AgentRequirement[] }
  /** The pod waits: what it asks for is not known. */
  | { readonly kind: 'invalid'; readonly message: string };

const MAX_LENGTH = 4096;
const KEY = '(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?';
const VALUE = '(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const COMPARED = new RegExp(
  `^(${KEY})\\s*(?:(==|=|!=)\\s*(${VALUE})|(\\sgt\\s|\\slt\\s|[<>])\\s*([+-]?\\d{1,19}))$`,
);
const PRESENT = new RegExp(`^(!?)\\s*(${KEY})$`);
const VALUE_ALONE = new RegExp(`^${VALUE}$`);

export function readAgentSelector({ metadata }: Pick<Pod, 'metadata'>): AgentSelector {
  const text = metadata.annotations?.[AGENT_SELECTOR_ANNOTATION];
  return text === undefined ? { kind: 'none' } : parseAgentSelector(text);
}

export function parseAgentSelector(text: string): AgentSelector {
  if (text.length > MAX_LENGTH) return invalid(`longer than ${MAX_LENGTH} characters`);
  const requirements: AgentRequirement[] = [];
  // Commas inside parentheses separate values.
  for (const part of text.split(/,(?![^(]*\))/).map((piece) => piece.trim())) {
    const requirement = part === '' ? undefined : parseRequirement(part);
    if (!requirement) return invalid(part === '' ? 'an empty requirement' : `'${part.slice(0, 100)}'`);
    requirements.push(requirement);
  }
  return { kind: 'requirements', requirements };
}

export function matchesAgent(
  requirements: readonly AgentRequirement[],
  labels: Readonly<Record<string, string>>,
  presenceKeys: readonly PresenceKey[],
): boolean {
  return requirements.every((requirement) => {
    const short = presenceKeys.find(({ alias }) => alias === requirement.key);
    const value = short ? labelByAlias(labels, short) : labelOf(labels, requirement.key);
    return matchesRequirement(requirement, value);
  });
}

function parseRequirement(text: string): AgentRequirement | undefined {
  const [, setKey, setOperator, list] = SET.exec(text) ?? [];
  if (setKey !== undefined) {
    const values = (list ?? '').split(',').map((value) => value.trim());
    // An empty value has a comma beside it; nothing at all is no set.
    if (list?.trim() === '' || !values.every((value) => VALUE_ALONE.test(value))) return undefined;
    return { key: setKey, operator: setOperator === 'in' ? 'In' : 'NotIn', values };
  }
  const [, key, equality, value, comparison, bound] = COMPARED.exec(text) ?? [];
  if (key !== undefined && equality !== undefined) {
    return { key, operator: equality === '!=' ? 'NotIn' : 'In', values: [value ?? ''] };
  }
  if (key !== undefined && bound !== undefined) {
    const isGreater = comparison?.trim() === 'gt' || comparison === '>';
    return { key, operator: isGreater ? 'Gt' : 'Lt', values: [bound] };
  }
  const [, not, presentKey] = PRESENT.exec(text) ?? [];
  return presentKey === undefined
    ? undefined
    : { key: presentKey, operator: not === '' ? 'Exists' : 'DoesNotExist' };
}

function invalid(what: string): AgentSelector {
  return {
    kind: 'invalid',
    message: `the annotation ${AGENT_SELECTOR_ANNOTATION} cannot be read: ${what}; an example: zone=garage,arch in (arm64),!old,cores gt 3`,
  };
}
