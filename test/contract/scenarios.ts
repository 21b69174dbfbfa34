// All scenarios, in the order they are played.
import type { Scenario } from './scenario.ts';
import { access } from './scenarios/access.ts';
import { agentKind } from './scenarios/agents.ts';
import { conflicts } from './scenarios/conflicts.ts';
import { crud } from './scenarios/crud.ts';
import { dryRun } from './scenarios/dry-run.ts';
import { errors } from './scenarios/errors.ts';
import { gracefulDelete } from './scenarios/graceful-delete.ts';
import { kubectl } from './scenarios/kubectl.ts';
import { leasesAndEvents } from './scenarios/leases-and-events.ts';
import { lists } from './scenarios/lists.ts';
import { namespaces } from './scenarios/namespaces.ts';
import { nodes } from './scenarios/nodes.ts';
import { ownership } from './scenarios/ownership.ts';
import { patches } from './scenarios/patches.ts';
import { podStatus } from './scenarios/pod-status.ts';
import { selectors } from './scenarios/selectors.ts';
import { subresources } from './scenarios/subresources.ts';
import { tables } from './scenarios/tables.ts';
import { watches } from './scenarios/watches.ts';

export const SCENARIOS: readonly Scenario[] = [
  crud,
  conflicts,
  patches,
  podStatus,
  gracefulDelete,
  watches,
  lists,
  selectors,
  errors,
  dryRun,
  subresources,
  access,
  agentKind,
  leasesAndEvents,
  namespaces,
  nodes,
  ownership,
  tables,
  kubectl,
];
