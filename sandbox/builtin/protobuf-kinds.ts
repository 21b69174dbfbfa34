// The messages of protobuf-body.ts, with the Kubernetes API's field numbers. `optional` marks what may be null in the API
// and whose zero therefore says something; fields that no client sends are left out and are skipped when read.

export const PROTOBUF_KINDS = `
syntax = "proto3";

message Unknown { TypeMeta typeMeta = 1; bytes raw = 2; }
message TypeMeta { string apiVersion = 1; string kind = 2; }

message Time { int64 seconds = 1; int32 nanos = 2; }
message IntOrString { int64 type = 1; int32 intVal = 2; string strVal = 3; }

message ObjectMeta {
  string name = 1; string generateName = 2; string namespace = 3; string uid = 5; string resourceVersion = 6;
  int64 generation = 7; Time creationTimestamp = 8; Time deletionTimestamp = 9;
  optional int64 deletionGracePeriodSeconds = 10;
  map<string, string> labels = 11; map<string, string> annotations = 12;
  repeated OwnerReference ownerReferences = 13; repeated string finalizers = 14;
}
message OwnerReference {
  string kind = 1; string name = 3; string uid = 4; string apiVersion = 5;
  optional bool controller = 6; optional bool blockOwnerDeletion = 7;
}
message LabelSelector { map<string, string> matchLabels = 1; repeated SelectorRequirement matchExpressions = 2; }
message SelectorRequirement { string key = 1; string operator = 2; repeated string values = 3; }

message DeleteOptions {
  optional int64 gracePeriodSeconds = 1; Preconditions preconditions = 2; optional bool orphanDependents = 3;
  optional string propagationPolicy = 4; repeated string dryRun = 5;
}
message Preconditions { optional string uid = 1; optional string resourceVersion = 2; }
message Eviction { ObjectMeta metadata = 1; DeleteOptions deleteOptions = 2; }

message Namespace { ObjectMeta metadata = 1; NamespaceSpec spec = 2; }
message NamespaceSpec { repeated string finalizers = 1; }

message ConfigMap {
  ObjectMeta metadata = 1; map<string, string> data = 2; map<string, bytes> binaryData = 3;
  optional bool immutable = 4;
}
message Secret {
  ObjectMeta metadata = 1; map<string, bytes> data = 2; string type = 3; map<string, string> stringData = 4;
  optional bool immutable = 5;
}
message ServiceAccount {
  ObjectMeta metadata = 1; repeated ObjectReference secrets = 2; repeated LocalObjectReference imagePullSecrets = 3;
  optional bool automountServiceAccountToken = 4;
}
message ObjectReference {
  string kind = 1; string namespace = 2; string name = 3; string uid = 4; string apiVersion = 5;
  string resourceVersion = 6; string fieldPath = 7;
}
message LocalObjectReference { string name = 1; }

message Service { ObjectMeta metadata = 1; ServiceSpec spec = 2; }
message ServiceSpec {
  repeated ServicePort ports = 1; map<string, string> selector = 2; string clusterIP = 3; string type = 4;
  repeated string externalIPs = 5; string sessionAffinity = 7; string loadBalancerIP = 8;
  repeated string loadBalancerSourceRanges = 9; string externalName = 10; string externalTrafficPolicy = 11;
  int32 healthCheckNodePort = 12; bool publishNotReadyAddresses = 13; optional string ipFamilyPolicy = 17;
  repeated string clusterIPs = 18; repeated string ipFamilies = 19; optional bool allocateLoadBalancerNodePorts = 20;
  optional string loadBalancerClass = 21; optional string internalTrafficPolicy = 22;
  optional string trafficDistribution = 23;
}
message ServicePort {
  string name = 1; string protocol = 2; int32 port = 3; IntOrString targetPort = 4; int32 nodePort = 5;
  optional string appProtocol = 6;
}

message PolicyRule {
  repeated string verbs = 1; repeated string apiGroups = 2; repeated string resources = 3;
  repeated string resourceNames = 4; repeated string nonResourceURLs = 5;
}
message AggregationRule { repeated LabelSelector clusterRoleSelectors = 1; }
message Role { ObjectMeta metadata = 1; repeated PolicyRule rules = 2; }
message ClusterRole { ObjectMeta metadata = 1; repeated PolicyRule rules = 2; AggregationRule aggregationRule = 3; }
message Subject { string kind = 1; string apiGroup = 2; string name = 3; string namespace = 4; }
message RoleRef { string apiGroup = 1; string kind = 2; string name = 3; }
message RoleBinding { ObjectMeta metadata = 1; repeated Subject subjects = 2; RoleRef roleRef = 3; }
message ClusterRoleBinding { ObjectMeta metadata = 1; repeated Subject subjects = 2; RoleRef roleRef = 3; }

message PodDisruptionBudget { ObjectMeta metadata = 1; PodDisruptionBudgetSpec spec = 2; }
message PodDisruptionBudgetSpec {
  optional IntOrString minAvailable = 1; LabelSelector selector = 2; optional IntOrString maxUnavailable = 3;
  optional string unhealthyPodEvictionPolicy = 4;
}
message PriorityClass {
  ObjectMeta metadata = 1; optional int32 value = 2; bool globalDefault = 3; string description = 4;
  optional string preemptionPolicy = 5;
}

message TokenRequest { ObjectMeta metadata = 1; TokenRequestSpec spec = 2; }
message TokenRequestSpec {
  repeated string audiences = 1; BoundObjectReference boundObjectRef = 3; optional int64 expirationSeconds = 4;
}
message BoundObjectReference { string kind = 1; string apiVersion = 2; string name = 3; string uid = 4; }

message SelfSubjectReview { ObjectMeta metadata = 1; }
message SelfSubjectAccessReview { ObjectMeta metadata = 1; SelfSubjectAccessReviewSpec spec = 2; }
message SelfSubjectAccessReviewSpec {
  ResourceAttributes resourceAttributes = 1; NonResourceAttributes nonResourceAttributes = 2;
}
message ResourceAttributes {
  string namespace = 1; string verb = 2; string group = 3; string version = 4; string resource = 5;
  string subresource = 6; string name = 7;
}
message NonResourceAttributes { string path = 1; string verb = 2; }
message SelfSubjectRulesReview { ObjectMeta metadata = 1; SelfSubjectRulesReviewSpec spec = 2; }
message SelfSubjectRulesReviewSpec { string namespace = 1; }

message CertificateSigningRequest {
  ObjectMeta metadata = 1; CertificateSigningRequestSpec spec = 2; CertificateSigningRequestStatus status = 3;
}
message CertificateSigningRequestSpec {
  bytes request = 1; string username = 2; string uid = 3; repeated string groups = 4; repeated string usages = 5;
  map<string, ExtraValue> extra = 6; string signerName = 7; optional int32 expirationSeconds = 8;
}
message ExtraValue { repeated string items = 1; }
message CertificateSigningRequestStatus { repeated CertificateSigningRequestCondition conditions = 1; bytes certificate = 2; }
message CertificateSigningRequestCondition {
  string type = 1; string reason = 2; string message = 3; Time lastUpdateTime = 4; Time lastTransitionTime = 5;
  string status = 6;
}
`;
