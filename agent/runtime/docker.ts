// Docker as the engine. Every answer is decoded here; what does not carry this agent's UID does not pass.
import type Docker from 'dockerode';
import { AGENT_UID_LABEL, POD_UID_LABEL, parseContainerLabels } from '../pod/labels.ts';
import { asked, optional } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';
import {
  type Engine,
  type EngineContainer,
  EngineError,
  type EngineEvent,
  type EngineImage,
  type EngineState,
} from './engine.ts';
import { jsonLines } from './json-lines.ts';
import { DEFAULT_NETWORK } from './pod-network.ts';
import { endUnknownRun } from './unknown-run.ts';
import { measureWritten } from './written-bytes.ts';

const CPU_PERIOD_US = 100_000;

export function createDockerEngine({ prompt, patient }: DockerClients, agentUid: string): Engine {
  const own = `${AGENT_UID_LABEL}=${agentUid}`;
  const filters = (podUid?: string) => ({
    label: podUid === undefined ? [own] : [own, `${POD_UID_LABEL}=${podUid}`],
  });
  const podman = once(() => isPodman(prompt));
  return {
    async list(podUid) {
      const found = await asked(() => prompt.listContainers({ all: true, filters: filters(podUid) }));
      return found.map(({ Id, State, Labels }) => ({
        id: Id,
        state: State,
        podUid: Labels[POD_UID_LABEL] ?? '',
      }));
    },
    async inspect(idOrName) {
      const found = await optional(() => prompt.getContainer(idOrName).inspect());
      const container = found && decodeContainer(found);
      return container?.identity.agentUid === agentUid ? container : undefined;
    },
    async create({ name, options }) {
      const body = (await podman()) ? withSharedHostname(options) : options;
      const created = await asked(() => dialCreate(prompt, name, body));
      return { id: created.Id, warnings: created.Warnings ?? [] };
    },
    async resize(id, { CpuShares, CpuQuota, Memory }) {
      const quota = CpuQuota > 0 ? { CpuPeriod: CPU_PERIOD_US, CpuQuota } : {};
      const memory = Memory > 0 ? { Memory, MemorySwap: Memory } : {};
      await asked(() => prompt.getContainer(id).update({ CpuShares, ...quota, ...memory }));
    },
    async start(id) {
      await asked(() => prompt.getContainer(id).start(), [304]);
    },
    async kill(id, signal) {
      await asked(() => prompt.getContainer(id).kill({ signal }), [404, 409]);
    },
    async stop(id, graceSeconds) {
      await asked(() => prompt.getContainer(id).stop({ t: graceSeconds }), [304, 404]);
    },
    async remove(id) {
      const found = await optional(() => prompt.getContainer(id).inspect());
      if (found?.State.Status === 'created') await endUnknownRun(found.Id);
      try {
        await asked(() => prompt.getContainer(id).remove({ force: true, v: true }), [404]);
      } catch (error) {
        if (!(error instanceof EngineError) || !JOINED.test(error.message)) throw error;
        await asked(() => removeWithDependents(prompt, id), [404]);
      }
    },
    written: (id) => optional(() => measureWritten(patient.getContainer(id))),
    async resolvers(network) {
      if (network === DEFAULT_NETWORK || network === '') return PUBLIC_RESOLVERS;
      return (await podman()) ? await podmanResolvers(prompt, network) : [EMBEDDED_RESOLVER];
    },
    image: (id) => image(prompt, id),
    events: (sinceMs, signal) => events(patient, { label: [own] }, sinceMs, signal),
  };
}

/** What both engines fall back to. */
const PUBLIC_RESOLVERS = ['8.8.8.8', '8.8.4.4'];
/** Docker's own, on every network but its default one. */
const EMBEDDED_RESOLVER = '127.0.0.11';

/** What Podman calls its default network, which has no resolver either. */
const PODMAN_NETWORK = 'podman';

/** Podman's own, if it has one, is at the gateway. */
async function podmanResolvers(docker: Docker, network: string): Promise<readonly string[]> {
  if (network === PODMAN_NETWORK) return PUBLIC_RESOLVERS;
  const found = await optional(() => docker.getNetwork(network).inspect());
  const gateways = (found?.IPAM?.Config ?? []).flatMap(({ Gateway }) => Gateway ?? []);
  return [...gateways.slice(0, 1), ...PUBLIC_RESOLVERS];
}

async function isPodman(docker: Docker): Promise<boolean> {
  const { Components = [] } = (await asked(() => docker.version())) as {
    Components?: readonly { readonly Name?: string }[];
  };
  return Components.some(({ Name }) => Name === 'Podman Engine');
}

/** Docker gives a container the hostname of the sandbox whose network it joins; Podman is to be told, and Docker refuses to be. */
function withSharedHostname(options: Docker.ContainerCreateOptions): Docker.ContainerCreateOptions {
  const { NetworkMode, UTSMode } = options.HostConfig ?? {};
  if (UTSMode !== undefined || !NetworkMode?.startsWith('container:')) return options;
  return { ...options, HostConfig: { ...options.HostConfig, UTSMode: NetworkMode } };
}

/** What Podman says of a container whose namespaces another has joined. */
const JOINED = /has dependent containers/;

/** By Podman's own API. What has joined it has ended, or is of no use without it. */
function removeWithDependents(docker: Docker, id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = {
      path: `/v4.0.0/libpod/containers/${id}?`,
      method: 'DELETE',
      options: { force: true, volumes: true, depend: true },
      statusCodes: { 200: true, 204: true, 404: 'no such container', 500: 'server error' },
    };
    docker.modem.dial(request, (error: unknown) => (error ? reject(error) : resolve()));
  });
}

/** Asked until there is an answer. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}

interface Created {
  readonly Id: string;
  readonly Warnings?: readonly string[] | null;
}

/** createContainer would drop Docker's warnings, and repeat the whole body in the address. */
function dialCreate(docker: Docker, name: string, body: Docker.ContainerCreateOptions): Promise<Created> {
  return new Promise((resolve, reject) => {
    const request = {
      path: '/containers/create?',
      method: 'POST',
      options: { _query: { name }, _body: body },
      statusCodes: {
        201: true,
        400: 'bad parameter',
        404: 'no such image',
        409: 'conflict',
        500: 'server error',
      },
    };
    docker.modem.dial(request, (error: unknown, data: unknown) => {
      if (error) reject(error);
      else resolve(data as Created);
    });
  });
}

async function image(docker: Docker, id: string): Promise<EngineImage | undefined> {
  const found = await optional(() => docker.getImage(id).inspect());
  if (!found) return undefined;
  const { RepoTags, RepoDigests, Config } = found;
  return { repoTags: RepoTags ?? [], repoDigests: RepoDigests ?? [], user: Config?.User ?? '' };
}

/** What changes a container without our doing, the rest is news of what we did; in Podman's words too. */
const EVENTS = ['die', 'died', 'oom', 'destroy', 'remove', 'start', 'pause', 'unpause', 'update'];

async function* events(
  docker: Docker,
  filters: Record<string, string[]>,
  sinceMs: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const options = {
    filters: JSON.stringify({ ...filters, type: ['container'], event: EVENTS }),
    ...(sinceMs === undefined ? {} : { since: sinceMs / 1000 }),
    abortSignal: signal,
  };
  const stream = await asked(() => docker.getEvents(options));
  // An abort shows as an error of the stream at whatever moment; unheard, it would end the process.
  stream.on('error', () => {});
  for await (const line of jsonLines(stream as unknown as AsyncIterable<Uint8Array>)) {
    const { Action, Actor, timeNano } = line as { Action?: string; Actor?: DockerActor; timeNano?: number };
    const podUid = Actor?.Attributes?.[POD_UID_LABEL];
    if (!Actor?.ID || !podUid) continue;
    const timeMs = Math.floor((timeNano ?? 0) / 1e6);
    yield { podUid, containerId: Actor.ID, timeMs, outOfMemory: Action === 'oom' };
  }
}

interface DockerActor {
  readonly ID?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
}

function decodeContainer(found: Docker.ContainerInspectInfo): EngineContainer | undefined {
  const identity = parseContainerLabels(found.Config.Labels ?? {});
  if (!identity) return undefined;
  const networks = Object.values(found.NetworkSettings?.Networks ?? {});
  const [network] = Object.keys(found.NetworkSettings?.Networks ?? {});
  const [ip, secondIp] = [
    ...networks.flatMap(({ IPAddress }) => IPAddress || []),
    ...networks.flatMap(({ GlobalIPv6Address }) => GlobalIPv6Address || []),
  ];
  const createdAtMs = Date.parse(found.Created);
  return {
    id: found.Id,
    identity,
    state: decodeState(found.State, createdAtMs),
    createdAtMs,
    imageId: found.Image,
    stopSignal: (found.Config as { StopSignal?: string }).StopSignal || 'SIGTERM',
    limits: decodeLimits(found.HostConfig),
    ip: ip ?? '',
    ...(secondIp === undefined ? {} : { secondIp }),
    ...(found.HostConfig.Runtime ? { runtime: found.HostConfig.Runtime } : {}),
    ...(network === undefined ? {} : { network }),
  };
}

function decodeLimits({ CpuShares, CpuQuota, Memory }: Docker.HostConfig) {
  return { CpuShares: CpuShares ?? 0, CpuQuota: CpuQuota ?? 0, Memory: Memory ?? 0 };
}

function decodeState(state: Docker.ContainerInspectInfo['State'], createdAtMs: number): EngineState {
  if (state.Running) return { kind: 'running', startedAtMs: time(state.StartedAt) ?? createdAtMs };
  const { ExitCode: exitCode, Error: message } = state;
  const finishedAtMs = time(state.FinishedAt);
  if (finishedAtMs === undefined) {
    if (exitCode === 0) return { kind: 'created' };
    const reason = 'ContainerCannotRun';
    return { kind: 'exited', exitCode, reason, message, startedAtMs: createdAtMs, finishedAtMs: createdAtMs };
  }
  const reason = state.OOMKilled ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
  return { kind: 'exited', exitCode, reason, message, startedAtMs: time(state.StartedAt), finishedAtMs };
}

/** Docker's zero time is the year 1. */
function time(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms;
}
