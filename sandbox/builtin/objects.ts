// Create, read, update and delete of stored objects with all the rules of their kinds; no HTTP here. Every operation is
// synchronous, so nothing can come between its reads and its write.
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../common/clock.ts';
import {
  alreadyExists,
  badRequest,
  type FieldError,
  invalid,
  namespaceTerminating,
  notFound,
} from './api-error.ts';
import { type DeleteRequest, isFinished, type Mark, planDelete } from './graceful-delete.ts';
import { clone, objectAt } from './json.ts';
import { type KubeObject, metadataProblem, timestamp } from './kube-object.ts';
import { metadataErrors } from './names.ts';
import {
  checkDeletePreconditions,
  checkPreconditions,
  mergedObject,
  metadataUpdateErrors,
  newObject,
  specChanged,
} from './object-form.ts';
import type { Registry } from './registry.ts';
import type { JsonObject, ResourceDefinition } from './resource.ts';
import { bucketOf, objectKey, type Storage } from './storage.ts';
import { type StrategyContext, strategyFor } from './strategy.ts';
import { createTypedForm, type TypedForm } from './typed-form.ts';

export interface ObjectsOptions {
  readonly storage: Storage;
  readonly registry: Registry;
  readonly clock: Clock;
}

/** One object's address. */
export interface Target {
  readonly resource: ResourceDefinition;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly user?: StrategyContext['user'];
  /** Through which API it is written; absent: the kind's own. */
  readonly apiGroup?: string;
}

export interface UpdateOptions extends WriteOptions {
  /** Which part may change; absent: everything but the status. */
  readonly subresource?: string;
  /** The client gave the whole object: a uid in it is a precondition. */
  readonly replaces?: boolean;
}

export interface DeleteOptions extends WriteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly graceSeconds?: number;
  readonly propagation?: 'Orphan' | 'Background' | 'Foreground';
}

export interface Deleted {
  readonly object: KubeObject;
  readonly gone: boolean;
}

/** Finalizers that the garbage collection works on. */
export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

const SYSTEM = { name: 'system:apiserver', groups: ['system:masters'] };

export class Objects {
  readonly storage: Storage;
  readonly registry: Registry;
  readonly clock: Clock;
  /** What an object looks like once Go has read and written it. */
  readonly formed: TypedForm = createTypedForm();

  constructor(options: ObjectsOptions) {
    this.storage = options.storage;
    this.registry = options.registry;
    this.clock = options.clock;
  }

  find(target: Target): KubeObject | undefined {
    return this.storage.get(bucketOf(target.resource), objectKey(target.namespace, target.name));
  }

  get(target: Target): KubeObject {
    const found = this.find(target);
    if (!found) throw notFound(target.resource, target.name);
    return found;
  }

  list(resource: ResourceDefinition, namespace?: string): KubeObject[] {
    return this.storage.list(bucketOf(resource), namespace);
  }

  create(
    place: { readonly resource: ResourceDefinition; readonly namespace?: string | undefined },
    input: JsonObject,
    options: WriteOptions = {},
  ): KubeObject {
    const { resource, namespace } = place;
    const draft = newObject(place, input, this.clock.now());
    const strategy = strategyFor(resource);
    const context = this.#context(resource, options);
    this.#checkNamespace(resource, namespace, draft.metadata.name);
    strategy.prepareForCreate?.(draft, context);
    if (strategy.hasGeneration) draft.metadata.generation = 1;
    const object = this.formed(resource, draft);
    this.#refuse(resource, object, [
      ...metadataErrors(object, strategy.nameRule ?? 'subdomain'),
      ...(strategy.validate?.(object, context) ?? []),
    ]);
    if (this.find({ resource, namespace, name: object.metadata.name })) {
      throw alreadyExists(resource, object.metadata.name);
    }
    return options.dryRun ? object : this.storage.put(bucketOf(resource), object);
  }

  /**
   * Replaces the object by what `change` makes of it. A resourceVersion or uid in the result is a precondition. Removes
   * the object when the change took its last finalizer and its grace is over.
   */
  update(
    target: Target,
    change: (current: KubeObject) => JsonObject,
    options: UpdateOptions = {},
  ): KubeObject {
    const { name } = target;
    const resource = this.registry.stored(target.resource);
    const current = this.get(target);
    const strategy = strategyFor(resource);
    const context = this.#context(resource, options);
    const changed = change(clone(current));
    const problem = metadataProblem(changed);
    if (problem) throw badRequest(problem);
    checkPreconditions(target, changed, current, { strategy, replaces: options.replaces ?? false });
    const draft = mergedObject({ target, changed, current, options, strategy });
    const { subresource } = options;
    const part = subresource === undefined ? undefined : strategy.parts?.[subresource];
    if (subresource === undefined) strategy.prepareForUpdate?.(draft, current, context);
    if (part) strategy.setDefaults?.(draft);
    const next = this.formed(resource, draft);
    if (strategy.hasGeneration && specChanged(next, current)) {
      next.metadata.generation = (current.metadata.generation ?? 0) + 1;
    }
    const rules = () => {
      if (part) return part.validate?.(next, current);
      if (subresource !== undefined) return strategy.validateStatus?.(next, current, context);
      return strategy.validateUpdate?.(next, current, context) ?? strategy.validate?.(next, context);
    };
    // Metadata can be written through a subresource too.
    this.#refuse(resource, next, [
      ...metadataErrors(next, strategy.nameRule ?? 'subdomain'),
      ...metadataUpdateErrors(changed, current),
      ...(rules() ?? []),
    ]);
    if (isDeepStrictEqual(next, current)) return current;
    if (options.dryRun) return next;
    if (current.metadata.deletionTimestamp !== undefined && isFinished(next)) {
      // Gone without being written once more: watchers see the last state that was stored.
      this.storage.remove(bucketOf(resource), objectKey(target.namespace, name));
      return next;
    }
    return this.storage.put(bucketOf(resource), next);
  }

  delete(target: Target, options: DeleteOptions = {}): Deleted {
    const { resource } = target;
    const current = this.get(target);
    checkDeletePreconditions(target, options, current);
    strategyFor(resource).beforeDelete?.(current, this.#context(resource, options));
    if (resource.plural === 'namespaces' && resource.group === '')
      return this.#deleteNamespace(target, options);
    const request: DeleteRequest = {
      ...(options.graceSeconds === undefined ? {} : { graceSeconds: options.graceSeconds }),
      ...(options.propagation === 'Foreground' ? { addFinalizer: FOREGROUND } : {}),
      ...(options.propagation === 'Orphan' ? { addFinalizer: ORPHAN } : {}),
    };
    return this.#carryOut(target, current, request, options);
  }

  /** The server's own writes: no preconditions, no rules of the kind. */
  change(target: Target, options: WriteOptions, edit: (next: KubeObject) => void): KubeObject {
    const current = this.get(target);
    const draft = clone(current);
    edit(draft);
    const next = this.formed(target.resource, draft);
    if (options.dryRun || isDeepStrictEqual(next, current)) return next;
    return this.storage.put(bucketOf(target.resource), next);
  }

  /** The last step of a namespace's life, once it is empty. */
  removeNow(target: Target): void {
    this.storage.remove(bucketOf(target.resource), objectKey(target.namespace, target.name));
  }

  #carryOut(target: Target, current: KubeObject, request: DeleteRequest, options: DeleteOptions): Deleted {
    const bucket = bucketOf(target.resource);
    const plan = planDelete(current, request, this.clock.now());
    switch (plan.kind) {
      case 'leave':
        return { object: current, gone: false };
      case 'remove': {
        const last = plan.mark ? marked(current, plan.mark) : current;
        if (options.dryRun) return { object: last, gone: true };
        if (plan.mark) this.storage.put(bucket, last);
        const removed = this.storage.remove(bucket, objectKey(target.namespace, target.name));
        return { object: removed ?? last, gone: true };
      }
      case 'mark': {
        const next = marked(current, plan.mark);
        return { object: options.dryRun ? next : this.storage.put(bucket, next), gone: false };
      }
      default:
        return plan satisfies never;
    }
  }

  #deleteNamespace(target: Target, options: DeleteOptions): Deleted {
    const current = this.get(target);
    if (current.metadata.deletionTimestamp !== undefined) return { object: current, gone: false };
    const next = clone(current);
    next.metadata.deletionTimestamp = timestamp(this.clock.now());
    next['status'] = { ...objectAt(next, 'status'), phase: 'Terminating' };
    return { object: options.dryRun ? next : this.storage.put('namespaces.', next), gone: false };
  }

  #checkNamespace(resource: ResourceDefinition, namespace: string | undefined, name: string): void {
    if (!resource.namespaced) return;
    const found = this.storage.get('namespaces.', objectKey(undefined, namespace ?? ''));
    if (!found) throw notFound({ group: '', plural: 'namespaces' }, namespace ?? '');
    if (found.metadata.deletionTimestamp !== undefined && resource.plural !== 'events') {
      throw namespaceTerminating(resource, name, namespace ?? '');
    }
  }

  #refuse(resource: ResourceDefinition, object: KubeObject, errors: readonly FieldError[]): void {
    if (errors.length > 0) throw invalid(resource, object.metadata.name ?? '', errors);
  }

  #context(resource: ResourceDefinition, options: WriteOptions): StrategyContext {
    return {
      storage: this.storage,
      registry: this.registry,
      clock: this.clock,
      resource,
      user: options.user ?? SYSTEM,
      apiGroup: options.apiGroup ?? resource.group,
    };
  }
}

function marked(object: KubeObject, mark: Mark): KubeObject {
  const next = clone(object);
  next.metadata.deletionTimestamp = mark.deletionTimestamp;
  next.metadata.deletionGracePeriodSeconds = mark.graceSeconds;
  if (mark.finalizers.length > 0) next.metadata.finalizers = [...mark.finalizers];
  const { generation } = next.metadata;
  if (mark.firstTime && generation !== undefined) next.metadata.generation = generation + 1;
  return next;
}
