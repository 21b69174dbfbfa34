// The one table of how lists and objects of the built-in API types merge: patch strategy and merge key per field, as the
// Kubernetes API declares them (`patchStrategy`, `patchMergeKey`). Whatever is not listed is atomic when it is a list and
// merged field by field when it is an object. Strategic merge and the OpenAPI documents both read from here.

export interface FieldRule {
  /** The type of the object, of a list's elements; undefined when nothing below it has a rule of its own. */
  readonly type?: string;
  readonly strategy?: 'merge' | 'replace';
  /** Which field tells list elements apart; undefined for lists of scalars. */
  readonly mergeKey?: string;
  /** Elements carry `$retainKeys`: at most one of their alternatives survives a patch (a volume's source). */
  readonly retainKeys?: true;
}

type TypeRules = Readonly<Record<string, FieldRule>>;

const part = (type: string): FieldRule => ({ type });
const mergedBy = (mergeKey: string, type?: string): FieldRule => ({
  strategy: 'merge',
  mergeKey,
  ...(type && { type }),
});
const mergedScalars: FieldRule = { strategy: 'merge' };

const CONTAINER: TypeRules = {
  ports: mergedBy('containerPort'),
  env: mergedBy('name'),
  volumeMounts: mergedBy('mountPath'),
  volumeDevices: mergedBy('devicePath'),
};

const conditionsByType: TypeRules = { conditions: mergedBy('type') };

const RULES: Readonly<Record<string, TypeRules>> = {
  ObjectMeta: { ownerReferences: mergedBy('uid'), finalizers: mergedScalars },

  Pod: { spec: part('PodSpec'), status: part('PodStatus') },
  PodSpec: {
    volumes: { ...mergedBy('name'), retainKeys: true },
    initContainers: mergedBy('name', 'Container'),
    containers: mergedBy('name', 'Container'),
    ephemeralContainers: mergedBy('name', 'EphemeralContainer'),
    imagePullSecrets: mergedBy('name'),
    hostAliases: mergedBy('ip'),
    topologySpreadConstraints: mergedBy('topologyKey'),
    schedulingGates: mergedBy('name'),
    resourceClaims: { ...mergedBy('name'), retainKeys: true },
  },
  Container: CONTAINER,
  EphemeralContainer: CONTAINER,
  PodStatus: {
    conditions: mergedBy('type'),
    hostIPs: mergedBy('ip'),
    podIPs: mergedBy('ip'),
    resourceClaimStatuses: { ...mergedBy('name'), retainKeys: true },
  },
  // Their lists are atomic in a status, so these rules never fire in a patch; the OpenAPI documents still show them.
  ContainerStatus: { volumeMounts: mergedBy('mountPath'), allocatedResourcesStatus: mergedBy('name') },

  Node: { spec: part('NodeSpec'), status: part('NodeStatus') },
  NodeSpec: { podCIDRs: mergedScalars },
  // Two addresses of one type cannot both be patched in: the first of a type is the one that is found.
  NodeStatus: { conditions: mergedBy('type'), addresses: mergedBy('type') },

  Namespace: { status: part('NamespaceStatus') },
  NamespaceStatus: conditionsByType,
  Service: { spec: part('ServiceSpec'), status: part('ServiceStatus') },
  ServiceSpec: { ports: mergedBy('port') },
  ServiceStatus: conditionsByType,
  ServiceAccount: { secrets: mergedBy('name') },
  PersistentVolumeClaim: { status: part('PersistentVolumeClaimStatus') },
  PersistentVolumeClaimStatus: conditionsByType,
  CSINode: { spec: part('CSINodeSpec') },
  CSINodeSpec: { drivers: mergedBy('name') },

  PodDisruptionBudget: { spec: part('PodDisruptionBudgetSpec'), status: part('PodDisruptionBudgetStatus') },
  PodDisruptionBudgetSpec: { selector: { strategy: 'replace' } },
  PodDisruptionBudgetStatus: conditionsByType,
};

/** How `field` of the API type `type` merges. Every type that is a kind has ObjectMeta under `metadata`. */
export function mergeRule(type: string | undefined, field: string): FieldRule {
  const rules = type !== undefined && Object.hasOwn(RULES, type) ? RULES[type] : undefined;
  return (rules !== undefined && Object.hasOwn(rules, field) ? rules[field] : undefined) ?? NO_RULE;
}

/** As `mergeRule`, for the outermost object of a kind; kinds without a row have only their metadata's rules. */
export function mergeRuleOfKind(kind: string, field: string): FieldRule {
  return field === 'metadata' ? part('ObjectMeta') : mergeRule(kind, field);
}

const NO_RULE: FieldRule = {};
