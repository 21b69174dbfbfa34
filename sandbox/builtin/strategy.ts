// What is special about one kind when it is written. The interface every kind's rules follow, and the table of them;
// kinds without a row are stored as they come.
import type { Clock } from '../../common/clock.ts';
import type { FieldError } from './api-error.ts';
import type { KubeObject } from './kube-object.ts';
import type { NameRule } from './names.ts';
import type { Registry } from './registry.ts';
import type { JsonObject, ResourceDefinition } from './resource.ts';
import type { Storage } from './storage.ts';
import { csrStrategy } from './strategies/certificate-request.ts';
import { crdStrategy } from './strategies/custom-definition.ts';
import { customStrategy } from './strategies/custom-object.ts';
import { pdbStrategy } from './strategies/disruption-budget.ts';
import { eventStrategy } from './strategies/event.ts';
import { leaseStrategy } from './strategies/lease.ts';
import { namespaceStrategy } from './strategies/namespace.ts';
import { nodeStrategy } from './strategies/node.ts';
import { claimStrategy } from './strategies/persistent-volume-claim.ts';
import { podStrategy } from './strategies/pod.ts';
import { bindingStrategy, roleStrategy } from './strategies/rbac.ts';
import { configMapStrategy, secretStrategy } from './strategies/secret.ts';
import { serviceStrategy } from './strategies/service.ts';

/** What a strategy may look at. */
export interface StrategyContext {
  readonly storage: Storage;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly resource: ResourceDefinition;
  readonly user: { readonly name: string; readonly groups: readonly string[]; readonly uid?: string };
  /** Through which API it is written: events have two. */
  readonly apiGroup: string;
}

/** A part of the spec that is written through a subresource of its own. */
export interface SpecPart {
  /** The whole spec that comes of it. */
  spec(changed: JsonObject, current: KubeObject): unknown;
  validate?(next: KubeObject, current: KubeObject): readonly FieldError[];
}

export interface KindStrategy {
  readonly nameRule?: NameRule;
  /** metadata.generation counts changes of everything but metadata and status. */
  readonly hasGeneration?: boolean;
  /** PUT without a resourceVersion overwrites (default), or is refused. */
  readonly needsVersion?: boolean;
  /** PUT of an object that is not there creates it. */
  readonly createOnUpdate?: boolean;
  /** DELETE answers with the object instead of a Status. */
  readonly returnsDeleted?: boolean;
  /** Metadata cannot be written through /status. */
  readonly statusKeepsMetadata?: boolean;
  /** May change the object: it is the write's own copy. */
  prepareForCreate?(object: KubeObject, context: StrategyContext): void;
  /** Of a write to one of the parts. */
  setDefaults?(object: KubeObject): void;
  validate?(object: KubeObject, context: StrategyContext): readonly FieldError[];
  prepareForUpdate?(next: KubeObject, current: KubeObject, context: StrategyContext): void;
  validateUpdate?(next: KubeObject, current: KubeObject, context: StrategyContext): readonly FieldError[];
  /** By the name of their subresource. */
  readonly parts?: Readonly<Record<string, SpecPart>>;
  /** Of a write to /status. */
  validateStatus?(next: KubeObject, current: KubeObject, context: StrategyContext): readonly FieldError[];
  /** Refuses a deletion by throwing. */
  beforeDelete?(object: KubeObject, context: StrategyContext): void;
}

const STRATEGIES: Readonly<Record<string, KindStrategy>> = {
  'certificatesigningrequests.certificates.k8s.io': csrStrategy,
  'clusterrolebindings.rbac.authorization.k8s.io': bindingStrategy,
  'clusterroles.rbac.authorization.k8s.io': roleStrategy,
  'configmaps.': configMapStrategy,
  'customresourcedefinitions.apiextensions.k8s.io': crdStrategy,
  'endpoints.': { createOnUpdate: true },
  'events.': eventStrategy,
  'events.events.k8s.io': eventStrategy,
  'leases.coordination.k8s.io': leaseStrategy,
  'namespaces.': namespaceStrategy,
  'nodes.': nodeStrategy,
  'persistentvolumeclaims.': claimStrategy,
  'poddisruptionbudgets.policy': pdbStrategy,
  'pods.': podStrategy,
  'rolebindings.rbac.authorization.k8s.io': bindingStrategy,
  'roles.rbac.authorization.k8s.io': roleStrategy,
  'secrets.': secretStrategy,
  'serviceaccounts.': { returnsDeleted: true },
  'services.': serviceStrategy,
};

export function strategyFor(resource: ResourceDefinition): KindStrategy {
  const fixed = STRATEGIES[`${resource.plural}.${resource.group}`];
  return fixed ?? (resource.printerColumns === undefined ? {} : customStrategy);
}
