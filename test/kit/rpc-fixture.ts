// A controller's gRPC side on a real socket, with a real CA and join tokens, over stores in memory; and agents' links to
// it. Everything started is stopped by `await using`.

import { join } from '../../agent/link/join.ts';
import { createLink, type Link } from '../../agent/link/link.ts';
import type { LinkMeter } from '../../agent/link/link-meter.ts';
import { type MembershipRecord, type MembershipStore, openMembership } from '../../agent/link/membership.ts';
import { type Clock, systemClock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import { parseJoinToken } from '../../common/join-token.ts';
import { createLog, type Log } from '../../common/log.ts';
import type { MetricFamily } from '../../common/metrics/family.ts';
import { CONTROLLER_SERVER_NAME } from '../../common/names.ts';
import type { Pod } from '../../common/pod.ts';
import type { AccessReviewer } from '../../controller/model/access.ts';
import { openCertificateAuthority } from '../../controller/pki/certificate-authority.ts';
import { createJoinTokens, type NewTokenOptions } from '../../controller/pki/join-tokens.ts';
import type { AgentLink, AgentObserver } from '../../controller/reconcile/agent-link.ts';
import type { ObjectState } from '../../controller/reconcile/object-source.ts';
import type { RpcMeter } from '../../controller/rpc/rpc-meter.ts';
import { type RpcLimits, startRpcServer } from '../../controller/rpc/rpc-server.ts';
import { loadWire } from '../../proto/wire.ts';
import { MemoryAgents } from './memory-agents.ts';
import { MemoryObjectHost } from './memory-object-host.ts';
import { MemoryPodHost } from './memory-pod-host.ts';
import { MemorySecrets } from './memory-secrets.ts';
import { MemoryStreamHost } from './memory-stream-host.ts';

export interface ControllerOptions {
  readonly secrets?: MemorySecrets;
  readonly agents?: MemoryAgents;
  readonly observer?: AgentObserver;
  readonly reviewer?: AccessReviewer;
  readonly limits?: Partial<RpcLimits>;
  readonly clock?: Clock;
  readonly port?: number;
  readonly epoch?: number;
  readonly clientMs?: number;
  readonly meter?: RpcMeter;
  readonly log?: Log;
}

export async function startTestController(options: ControllerOptions = {}) {
  const { secrets = new MemorySecrets(), agents = new MemoryAgents(), clock = systemClock } = options;
  const { log = quietLog() } = options;
  const authority = await openCertificateAuthority(
    { secrets, clock },
    options.clientMs === undefined ? {} : { clientMs: options.clientMs },
  );
  const tokens = createJoinTokens({ secrets, caHash: authority.caHash, clock, log });
  const serving = await authority.issueServing({
    dnsNames: [CONTROLLER_SERVER_NAME],
    ipAddresses: ['127.0.0.1'],
  });
  const observer = options.observer ?? new RecordingObserver();
  const server = await startRpcServer(
    {
      wire: loadWire(),
      clock,
      log,
      issuer: authority,
      tokens,
      directory: agents,
      fleet: {
        status: () => ({ nodeName: 'longshore' }),
        agents: () => [],
        agent: (name) => (agents.get(name) ? { agent: { name } } : undefined),
        health: () => [],
        openAgentLog: () => Promise.reject(new LongshoreError('not-found', 'no such agent')),
        explain: () => undefined,
        pods: () => [],
        measuredPods: async () => [],
        selected: () => agents.all.map(({ metadata }) => metadata.name),
        images: () => [],
        async *pullImage() {},
      },
      editor: agents,
      diagnose: async () => ({ controllerVersion: 'test' }),
      reviewer: options.reviewer ?? NOBODY,
      ...(options.meter && { meter: options.meter }),
    },
    {
      listen: { host: '127.0.0.1', port: options.port ?? 0 },
      tls: { ...serving, caPem: authority.caPem },
      nodeOf: () => 'longshore',
      clusterDns: { nameservers: ['10.96.0.10'], domain: 'cluster.local' },
      advertiseAddress: '127.0.0.1:7443',
      ...(options.limits ? { limits: options.limits } : {}),
    },
  );
  server.setLeader({ epoch: options.epoch ?? 1, observer });
  return {
    secrets,
    agents,
    authority,
    tokens,
    server,
    observer,
    address: `127.0.0.1:${server.port}`,
    async token(overrides: Partial<NewTokenOptions> = {}): Promise<string> {
      const wish = { ttlMs: 60_000, agentName: undefined, labels: {}, reusable: false, ...overrides };
      return (await tokens.create(wish)).token;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export type TestController = Awaited<ReturnType<typeof startTestController>>;

export interface AgentOptions {
  readonly address: string;
  readonly token: string;
  readonly name?: string;
  readonly hostname?: string;
  readonly store?: MemoryMembership;
}

/** Joins; the machine's state is in `store`, so joining again with it is the same machine. */
export async function joinTestAgent(options: AgentOptions) {
  const membership = await openMembership(options.store ?? new MemoryMembership());
  const joined = await join(
    { wire: loadWire(), membership, clock: systemClock },
    {
      address: options.address,
      token: parseJoinToken(options.token),
      name: options.name,
      hostname: options.hostname ?? 'garage-pi.local',
      os: 'linux',
      arch: 'arm64',
    },
    new AbortController().signal,
  );
  return { membership, joined };
}

export interface LinkOptions {
  readonly membership: Awaited<ReturnType<typeof openMembership>>;
  readonly address: string | (() => string);
  readonly host?: MemoryPodHost;
  readonly streams?: MemoryStreamHost;
  readonly objects?: MemoryObjectHost;
  readonly clock?: Clock;
  readonly meter?: LinkMeter;
  readonly log?: Log;
}

export function startTestLink(options: LinkOptions) {
  const {
    membership,
    address,
    host = new MemoryPodHost(),
    streams = new MemoryStreamHost(),
    clock = systemClock,
  } = options;
  const { objects = new MemoryObjectHost() } = options;
  const link = createLink({
    wire: loadWire(),
    membership,
    host,
    streams,
    objects,
    facts: () => ({
      hostname: 'garage-pi',
      os: 'linux',
      arch: 'arm64',
      addresses: ['192.0.2.7'],
      capacity: { cpu: '4', memory: '4Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '4Gi', pods: '110' },
    }),
    bootId: 'boot-1',
    agentVersion: '0.1.0',
    locate: async () => (typeof address === 'function' ? address() : address),
    clock,
    ...(options.meter && { meter: options.meter }),
    log: options.log ?? quietLog(),
    random: () => 0.9,
  });
  const stop = new AbortController();
  const running = link.run(stop.signal);
  return {
    link: link as Link,
    host,
    streams,
    objects,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

export class MemoryMembership implements MembershipStore {
  saved: string | undefined;

  async load(): Promise<unknown> {
    return this.saved === undefined ? undefined : JSON.parse(this.saved);
  }

  async save(record: MembershipRecord): Promise<void> {
    this.saved = JSON.stringify(record);
  }
}

/** Answers every connection with the snapshot it holds, and keeps what it is told. */
export class RecordingObserver implements AgentObserver {
  desired: Pod[] = [];
  objects: (readonly [key: string, state: ObjectState])[] = [];
  links: AgentLink[] = [];
  readonly told: string[] = [];
  readonly disconnects: string[] = [];
  readonly certificates: (readonly [agent: string, expiresAtMs: number])[] = [];

  get link(): AgentLink {
    const link = this.links.at(-1);
    if (!link) throw new Error('no agent is connected');
    return link;
  }

  connected(link: AgentLink): void {
    this.links.push(link);
    this.told.push(`connected ${link.agent.name}`);
    for (const [key, state] of this.objects) link.object(key, state);
    link.snapshot(this.desired);
  }

  facts(agent: { name: string }, facts: { hostname: string }): void {
    this.told.push(`facts ${agent.name} ${facts.hostname}`);
  }

  certified(agent: { name: string }, expiresAtMs: number): void {
    this.certificates.push([agent.name, expiresAtMs]);
  }

  alive(): void {}
  vitals(): void {}
  images(): void {}

  metrics(link: AgentLink, families: readonly MetricFamily[]): void {
    this.told.push(`metrics ${link.agent.name} ${families.map(({ name }) => name).join(' ')}`);
  }

  stats(_agent: unknown, { pods }: { pods: readonly { uid: string }[] }): void {
    this.told.push(`stats ${pods.map(({ uid }) => uid).join(' ')}`.trim());
  }

  report(_agent: unknown, podUid: string, status: { phase?: string }): void {
    this.told.push(`report ${podUid} ${status.phase}`);
  }

  gone(_agent: unknown, podUid: string, status: { phase?: string } | undefined): void {
    this.told.push(`gone ${podUid} ${status?.phase}`);
  }

  async event(_agent: unknown, event: { reason: string; sequence: number }): Promise<void> {
    this.told.push(`event ${event.sequence} ${event.reason}`);
  }

  disconnected(link: AgentLink, reason: string): void {
    this.links = this.links.filter((candidate) => candidate !== link);
    this.disconnects.push(reason);
  }
}

export function testPod(uid: string, name = uid): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { uid, name, namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'busybox' }] },
  };
}

export function quietLog(): Log {
  return createLog({ name: 'test', level: process.env['TEST_LOG'] === '1' ? 'debug' : 'silent' });
}

const NOBODY: AccessReviewer = {
  authenticate: async () => undefined,
  authorize: async () => ({ allowed: false, reason: '' }),
};
