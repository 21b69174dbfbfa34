// What makes this machine that agent, kept in the state folder: the private key, made before the first request so that a
// repeated join is the same machine; the identity and certificate the controller gave; the newest leader term obeyed.
import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import type { AgentIdentity } from '../../common/agent-identity.ts';
import type { ClusterDns } from '../../common/cluster-dns.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { JoinToken } from '../../common/join-token.ts';
import { parseMembership } from './membership-record.ts';
import { certificateHash } from './presented-chain.ts';

export interface MembershipRecord {
  /** PKCS#8 in PEM, EC P-256. */
  readonly keyPem: string;
  /** Random, made with the key: tells a wiped or cloned state folder from a restart. */
  readonly lineage: string;
  /** Absent until this machine has joined. */
  readonly joined?: JoinedAs;
  /** The highest leader term obeyed. */
  readonly epochSeen: number;
  /** The fleet has removed what it joined as. Absent: it has not. */
  readonly removed?: boolean;
  /** What the controller last said of the cluster; a machine that starts without it makes its pods as before. */
  readonly cluster?: ClusterFacts;
}

export interface ClusterFacts {
  /** The virtual node's name, as pods see it. */
  readonly nodeName: string;
  readonly dns: ClusterDns;
  /** This agent's part of the fleet's pod addresses. */
  readonly podCidr?: string;
}

export interface JoinedAs extends AgentIdentity {
  readonly certificatePem: string;
  readonly caPem: string;
  /** Of the join token that was good for it, and is for nothing more. */
  readonly tokenId?: string;
}

/** Where the record lives: one JSON document. */
export interface MembershipStore {
  /** Undefined when nothing was ever saved; rejects when what was cannot be read. */
  load(): Promise<unknown>;
  /** Resolves when it is durable. It holds a private key: readable by the owner alone. */
  save(record: MembershipRecord): Promise<void>;
}

export interface Membership {
  readonly key: KeyObject;
  readonly record: MembershipRecord;
  /** Durable when it resolves. Calls are carried out one after the other. */
  update(
    change: Partial<Pick<MembershipRecord, 'joined' | 'epochSeen' | 'cluster' | 'removed'>>,
  ): Promise<void>;
  /** This machine is a new one, which has joined no fleet. Durable when it resolves. */
  startAnew(): Promise<void>;
}

/** Loads the record, making the key when there is none. Rejects with `invalid` when what is stored is damaged. */
export async function openMembership(store: MembershipStore): Promise<Membership> {
  let record = await loadOrCreate(store);
  let key = createPrivateKey(record.keyPem);
  let saving: Promise<void> = Promise.resolve();
  const save = (change: () => MembershipRecord) => {
    const saved = saving.then(async () => {
      const next = change();
      await store.save(next);
      record = next;
      key = createPrivateKey(next.keyPem);
    });
    saving = saved.catch(() => undefined);
    return saved;
  };
  return {
    get key() {
      return key;
    },
    get record() {
      return record;
    },
    update: (change) => save(() => ({ ...record, ...change })),
    startAnew: () => save(newRecord),
  };
}

async function loadOrCreate(store: MembershipStore): Promise<MembershipRecord> {
  const stored = await store.load();
  if (stored !== undefined) return parseMembership(stored);
  const record = newRecord();
  await store.save(record);
  return record;
}

function newRecord(): MembershipRecord {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    lineage: randomBytes(16).toString('hex'),
    epochSeen: 0,
  };
}

/** Whether this token makes a machine that was removed an agent again: the one it had joined with does not. */
export function mayJoinAnew({ removed, joined }: MembershipRecord, token: JoinToken | undefined): boolean {
  return removed === true && token !== undefined && token.id !== joined?.tokenId;
}

/** The identity of a machine that has joined. Throws `precondition` when it has not. */
export function requireJoined(membership: Membership): JoinedAs {
  const { joined } = membership.record;
  if (!joined)
    throw new LongshoreError(
      'precondition',
      'this machine has not joined a fleet yet: start it with a token',
    );
  return joined;
}

/** Throws `precondition` when this agent has obeyed a later leader than this one. */
export function requireNewest(epoch: number, { record: { epochSeen } }: Membership): void {
  if (epoch >= epochSeen) return;
  throw new LongshoreError(
    'precondition',
    `this controller's term ${epoch} is older than ${epochSeen}, which this agent has obeyed: it is not the leader`,
  );
}

/** The hash by which the CA of this agent's fleet is known. */
export function caHashOf(joined: JoinedAs): string {
  return certificateHash(new X509Certificate(joined.caPem));
}
