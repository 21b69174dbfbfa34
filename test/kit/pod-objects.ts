// The objects pods refer to, for tests: as a plain view of what the test says there is, and as an agent's keeper over a
// store in memory.
import type { ObjectNews } from '../../agent/link/object-host.ts';
import { decodeContent, type HeldObject } from '../../agent/pod/held-object.ts';
import { type PodObjects, podObjects } from '../../agent/pod/pod-objects.ts';
import {
  type ObjectKeeper,
  type ObjectRecord,
  type ObjectRecords,
  openObjectKeeper,
} from '../../agent/runtime/object-keeper.ts';
import type { Claim } from '../../common/claim.ts';
import { createLog } from '../../common/log.ts';
import type { Pod } from '../../common/pod.ts';
import { aPod } from './pods.ts';

type Texts = Readonly<Record<string, string>>;

export interface ObjectsWish {
  readonly configMaps?: Readonly<Record<string, Texts>>;
  /** In plain text. */
  readonly secrets?: Readonly<Record<string, Texts>>;
  readonly services?: Texts;
  /** Every token a pod may ask for. */
  readonly token?: string;
  /** By name. */
  readonly claims?: Readonly<Record<string, Claim>>;
  /** Handlers, by name. */
  readonly runtimeClasses?: Readonly<Record<string, string>>;
  /** Every bundle a pod may ask for. */
  readonly bundle?: string;
  /** Names of what nobody has spoken of, or the kind: `services`. With why, where it has a reason. */
  readonly unknown?: Readonly<Record<string, string | undefined>>;
}

/** What is not named is absent; the revision of what is there is `1`. */
export function objectsOf(wish: ObjectsWish = {}, pod: Pod = aPod()): PodObjects {
  return podObjects(pod, (key) => held(key, wish));
}

function held(key: string, wish: ObjectsWish): HeldObject {
  const [kind = '', , name = ''] = key.split('/');
  const unheard = Object.entries(wish.unknown ?? {}).find(([what]) => what === name || what === kind);
  if (unheard)
    return unheard[1] === undefined ? { kind: 'unknown' } : { kind: 'unknown', reason: unheard[1] };
  const value = {
    configmaps: wish.configMaps?.[name] && configMap(wish.configMaps[name]),
    secrets: wish.secrets?.[name] && secret(wish.secrets[name]),
    services: wish.services ?? {},
    tokens: wish.token && { token: wish.token, expirationTimestamp: '2026-01-01T01:00:00Z' },
    clustertrustbundles: wish.bundle,
    runtimeclasses: wish.runtimeClasses?.[kind === 'runtimeclasses' ? key.slice(kind.length + 1) : ''],
    persistentvolumeclaims: wish.claims?.[name],
  }[kind];
  if (value === undefined) return { kind: 'absent' };
  const content = decodeContent(key, value);
  if (!content) throw new Error(`${key} cannot be read`);
  return { kind: 'found', content, revision: '1' };
}

export function configMap(data: Texts, binaryData: Texts = {}): object {
  return { data, binaryData };
}

/** From plain text. */
export function secret(data: Texts, type = 'Opaque'): object {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return { type, data: Object.fromEntries(encoded) };
}

export function found(value: unknown, revision = '1'): ObjectNews {
  return { kind: 'found', revision, json: Buffer.from(JSON.stringify(value)) };
}

/** Knows the cluster's own Service variables: there are none. */
export async function openMemoryObjects(records = new Map<string, ObjectRecord>()): Promise<ObjectKeeper> {
  const store: ObjectRecords = {
    load: async () => ({ objects: [...records.values()], unreadable: 0 }),
    save: async (record) => {
      records.set(record.key, record);
    },
    remove: async (key) => {
      records.delete(key);
    },
  };
  const keeper = await openObjectKeeper(store, { log: createLog({ name: 'test', level: 'silent' }) });
  await keeper.put('services/', found({}, '0'));
  await keeper.put('services/default', found({}, '0'));
  return keeper;
}
