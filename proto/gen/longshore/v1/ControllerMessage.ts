// Original file: longshore/v1/session.proto

import type { Welcome as _longshore_v1_Welcome, Welcome__Output as _longshore_v1_Welcome__Output } from '../../longshore/v1/Welcome.ts';
import type { PodUpsert as _longshore_v1_PodUpsert, PodUpsert__Output as _longshore_v1_PodUpsert__Output } from '../../longshore/v1/PodUpsert.ts';
import type { PodRemove as _longshore_v1_PodRemove, PodRemove__Output as _longshore_v1_PodRemove__Output } from '../../longshore/v1/PodRemove.ts';
import type { SnapshotComplete as _longshore_v1_SnapshotComplete, SnapshotComplete__Output as _longshore_v1_SnapshotComplete__Output } from '../../longshore/v1/SnapshotComplete.ts';
import type { PodGoneAck as _longshore_v1_PodGoneAck, PodGoneAck__Output as _longshore_v1_PodGoneAck__Output } from '../../longshore/v1/PodGoneAck.ts';
import type { PodEventAck as _longshore_v1_PodEventAck, PodEventAck__Output as _longshore_v1_PodEventAck__Output } from '../../longshore/v1/PodEventAck.ts';
import type { OpenStream as _longshore_v1_OpenStream, OpenStream__Output as _longshore_v1_OpenStream__Output } from '../../longshore/v1/OpenStream.ts';
import type { ObjectUpsert as _longshore_v1_ObjectUpsert, ObjectUpsert__Output as _longshore_v1_ObjectUpsert__Output } from '../../longshore/v1/ObjectUpsert.ts';
import type { ObjectDrop as _longshore_v1_ObjectDrop, ObjectDrop__Output as _longshore_v1_ObjectDrop__Output } from '../../longshore/v1/ObjectDrop.ts';
import type { CloseStream as _longshore_v1_CloseStream, CloseStream__Output as _longshore_v1_CloseStream__Output } from '../../longshore/v1/CloseStream.ts';
import type { Removed as _longshore_v1_Removed, Removed__Output as _longshore_v1_Removed__Output } from '../../longshore/v1/Removed.ts';
import type { WatchStats as _longshore_v1_WatchStats, WatchStats__Output as _longshore_v1_WatchStats__Output } from '../../longshore/v1/WatchStats.ts';
import type { MetricsWanted as _longshore_v1_MetricsWanted, MetricsWanted__Output as _longshore_v1_MetricsWanted__Output } from '../../longshore/v1/MetricsWanted.ts';
import type { KeepImages as _longshore_v1_KeepImages, KeepImages__Output as _longshore_v1_KeepImages__Output } from '../../longshore/v1/KeepImages.ts';

export interface ControllerMessage {
  'welcome'?: (_longshore_v1_Welcome | null);
  'upsert'?: (_longshore_v1_PodUpsert | null);
  'remove'?: (_longshore_v1_PodRemove | null);
  'snapshotComplete'?: (_longshore_v1_SnapshotComplete | null);
  'goneAck'?: (_longshore_v1_PodGoneAck | null);
  'eventAck'?: (_longshore_v1_PodEventAck | null);
  'openStream'?: (_longshore_v1_OpenStream | null);
  'object'?: (_longshore_v1_ObjectUpsert | null);
  'objectDrop'?: (_longshore_v1_ObjectDrop | null);
  'closeStream'?: (_longshore_v1_CloseStream | null);
  'removed'?: (_longshore_v1_Removed | null);
  'watchStats'?: (_longshore_v1_WatchStats | null);
  'metricsWanted'?: (_longshore_v1_MetricsWanted | null);
  'keepImages'?: (_longshore_v1_KeepImages | null);
  'body'?: "welcome"|"upsert"|"remove"|"snapshotComplete"|"goneAck"|"eventAck"|"openStream"|"object"|"objectDrop"|"closeStream"|"removed"|"watchStats"|"metricsWanted"|"keepImages";
}

export interface ControllerMessage__Output {
  'welcome'?: (_longshore_v1_Welcome__Output | null);
  'upsert'?: (_longshore_v1_PodUpsert__Output | null);
  'remove'?: (_longshore_v1_PodRemove__Output | null);
  'snapshotComplete'?: (_longshore_v1_SnapshotComplete__Output | null);
  'goneAck'?: (_longshore_v1_PodGoneAck__Output | null);
  'eventAck'?: (_longshore_v1_PodEventAck__Output | null);
  'openStream'?: (_longshore_v1_OpenStream__Output | null);
  'object'?: (_longshore_v1_ObjectUpsert__Output | null);
  'objectDrop'?: (_longshore_v1_ObjectDrop__Output | null);
  'closeStream'?: (_longshore_v1_CloseStream__Output | null);
  'removed'?: (_longshore_v1_Removed__Output | null);
  'watchStats'?: (_longshore_v1_WatchStats__Output | null);
  'metricsWanted'?: (_longshore_v1_MetricsWanted__Output | null);
  'keepImages'?: (_longshore_v1_KeepImages__Output | null);
  'body'?: "welcome"|"upsert"|"remove"|"snapshotComplete"|"goneAck"|"eventAck"|"openStream"|"object"|"objectDrop"|"closeStream"|"removed"|"watchStats"|"metricsWanted"|"keepImages";
}
