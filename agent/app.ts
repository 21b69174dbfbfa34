// The agent's composition root: joins once, then looks after pods and holds a session, independently of each other. A
// controller that is away stops nothing here, and this program's end stops no pod.
import { join as joinPath } from 'node:path';
import { backoff } from '../common/backoff.ts';
import type { Clock } from '../common/clock.ts';
import { NO_CLUSTER_DNS } from '../common/cluster-dns.ts';
import { describeError, errorCode, LongshoreError } from '../common/errors.ts';
import { ownCommand } from '../common/helper-process.ts';
import type { JoinToken } from '../common/join-token.ts';
import type { Log } from '../common/log.ts';
import type { LogRing } from '../common/log-ring.ts';
import { PAUSE_IMAGE } from '../common/names.ts';
import { collectWhenQuiet, openHeap } from '../common/quiet-collector.ts';
import { VERSION } from '../common/version.ts';
import { loadWire, type Wire } from '../proto/wire.ts';
import type { AgentConfig } from './config.ts';
import { type AgentMetrics, createAgentMetrics } from './host/agent-metrics.ts';
import { readBootId } from './host/machine-facts.ts';
import { readMachineNames } from './host/machine-names.ts';
import { readMachineStats } from './host/machine-stats.ts';
import { createMachineUsage } from './host/machine-usage.ts';
import { createOurCpu } from './host/our-cpu.ts';
import { createOwnerLoad } from './host/owner-load.ts';
import { createOwnerReading } from './host/owner-reading.ts';
import { hasInterface, readRoutes } from './host/routes.ts';
import { createSeccompProfiles } from './host/seccomp-profiles.ts';
import { collectImages } from './images/image-collector.ts';
import { ImageManager } from './images/image-manager.ts';
import { createImageReport, type ImageReport } from './images/image-report.ts';
import { ensurePauseImage } from './images/pause-image.ts';
import { openPinnedImages, type PinnedImages } from './images/pinned-images.ts';
import { pullImage } from './images/pull-stream.ts';
import { openPulledImages } from './images/pulled-images.ts';
import { join } from './link/join.ts';
import { createLink, type Link } from './link/link.ts';
import { caHashOf, type JoinedAs, type Membership, mayJoinAnew, openMembership } from './link/membership.ts';
import type { TellOwner } from './link/speaker.ts';
import type { StreamHost } from './link/stream-host.ts';
import { type Machine, openMachine } from './machine.ts';
import { NETWORK_DIAL } from './network/dial-message.ts';
import { createPodDialer, type PodDialer } from './network/pod-dialer.ts';
import { endedContainers, runningContainers } from './pod/running-container.ts';
import type { RunCommand } from './probes/make-probe.ts';
import { PodProber } from './probes/pod-prober.ts';
import { sendHook } from './probes/send-hook.ts';
import { countedEngine } from './runtime/counted-engine.ts';
import { createDockerEngine } from './runtime/docker.ts';
import { createDockerClients, type DockerClients } from './runtime/docker-clients.ts';
import { createDockerExecs } from './runtime/docker-exec.ts';
import { createImageExport, removeExports } from './runtime/docker-image-export.ts';
import { createDockerImages } from './runtime/docker-images.ts';
import { readDockerInfo } from './runtime/docker-info.ts';
import { createDockerStats } from './runtime/docker-stats.ts';
import type { Images } from './runtime/ensure-image.ts';
import { clearFormerAgent } from './runtime/former-agent.ts';
import { openContainerLogs } from './runtime/logs.ts';
import { type ObjectKeeper, openObjectKeeper } from './runtime/object-keeper.ts';
import { createPodManager, type PodManager } from './runtime/pod-manager.ts';
import { createPodNetwork, removeOwnNetworks } from './runtime/pod-network.ts';
import { findPodSandbox } from './runtime/pod-sandbox.ts';
import { createPodStreams } from './runtime/pod-streams.ts';
import type { PodVolumes } from './runtime/pod-volumes.ts';
import { runCommand } from './runtime/run-command.ts';
import { createIdentityStore } from './state/identity-store.ts';
import { createNameFiles } from './state/name-files.ts';
import { createObjectStore } from './state/object-store.ts';
import { createPinnedImageFile } from './state/pinned-image-file.ts';
import { createPodStore } from './state/pod-store.ts';
import { createPodsOwner, type PodsOwner } from './state/pods-owner.ts';
import { createPulledImageFile } from './state/pulled-image-file.ts';
import { openSealingKey } from './state/sealing-key.ts';
import { openStateFolder, type StateFolder } from './state/state-folder.ts';
import { createTerminationFiles } from './state/termination-files.ts';
import { parseNetwork } from './stats/cgroup-text.ts';
import { type CgroupRoots, findContainerGroup } from './stats/container-group.ts';
import { createContainerMeter } from './stats/container-meter.ts';
import { measureServices } from './stats/service-meter.ts';
import { createStatsSampler, type StatsSampler } from './stats/stats-sampler.ts';
import { folderBytes } from './volumes/folder-usage.ts';
import { memoryFolderOf } from './volumes/memory-folder.ts';
import { systemMounter } from './volumes/mounter.ts';
import { removeFolders } from './volumes/tear-down.ts';
import { type AgentVolumes, openVolumes } from './volumes/volumes.ts';

export interface AgentTools {
  readonly clock: Clock;
  readonly log: Log;
  /** The last lines of that log. */
  readonly ownLog: LogRing;
}

/**
 * Runs until the signal aborts; then everything is put down in order and the pods run on. Rejects with one clear error
 * when it cannot start: no state folder, no token, a token or controller that refuses, no Docker to begin with.
 */
export async function runAgent(config: AgentConfig, tools: AgentTools, signal: AbortSignal): Promise<void> {
  while ((await runMember(config, tools, signal)) === 'joins anew');
}

/** As the agent that this machine is, until it ends; or until the fleet has removed it, when there is a token to join anew. */
async function runMember(
  config: AgentConfig,
  tools: AgentTools,
  outer: AbortSignal,
): Promise<'ended' | 'joins anew'> {
  const over = new AbortController();
  const signal = AbortSignal.any([outer, over.signal]);
  await using stack = new AsyncDisposableStack();
  const { clock } = tools;
  const folder = stack.use(await openStateFolder(config.stateDir));
  const membership = await openMembership(createIdentityStore(folder.identityFile));
  const joinsAnew = () => mayJoinAnew(membership.record, config.token);
  if (joinsAnew()) await membership.startAnew();
  const metrics = stack.use(createAgentMetrics(() => stateBytes(folder)));
  const clients = createDockerClients(config.dockerSocket, metrics.dockerCalled);
  const engineInfo = () => readDockerInfo(clients, config.dockerSocket);
  if (!membership.record.joined) {
    requireToken(config);
    // Who joins without Docker would be a machine that can run nothing; who has joined waits for it.
    await engineInfo();
  }
  const { capacity, reserve, unsafeSysctls, pidsLimit, devices } = config;
  const owner = { capacity, reserve, unsafeSysctls, pidsLimit, devices };
  const machine = await openMachine({ engineInfo, ...owner }, clock);
  const wire = loadWire();
  const bootId = await readBootId();
  const locate = await createLocator(config, membership, tools);
  const member = { ...tools, config, folder, membership, clients, machine, metrics, wire, locate, bootId };
  const agent = await becomeAgent(member, signal);

  const objects = await openObjects(member);
  const images = stack.use(await openImages(member));
  const volumes = await openAgentVolumes(member, agent);
  const isWatched = () => stats.isWatched();
  const parts = { agent, images, objects, volumes, link: () => link, isWatched };
  const pods: PodManager = stack.use(createPods(member, parts));
  const { facts } = machine;
  const dialer = stack.use(createDialer(member, agent));
  const host = { host: pods, objects, streams: createStreams(member, { pods, images, dialer }) };
  const told = {
    ...{ facts, images: { held: images.report.images, keep: images.pinned.replace } },
    ...{ usage: createMachineUsage(), owner: createOwner(member, pods), meter: metrics },
  };
  const stats = createStats(member, { pods, link: () => link });
  const onRemoved = () => (joinsAnew() ? over.abort() : undefined);
  const heard = { watchStats: stats.watch, onRemoved };
  const link = createLink({ ...member, ...host, ...told, ...heard, agentVersion: VERSION });
  await pods.start();
  const heap = openHeap();
  await together(signal, [
    ...(heap ? [(until: AbortSignal) => collectWhenQuiet(heap, clock, until)] : []),
    (until) => link.run(until),
    (until) => machine.run(until, () => link.factsChanged()),
    (until) => images.report.run(until, () => link.imagesChanged()),
    (until) => images.collect(volumes, until),
    (until) => stats.run(until),
  ]);
  return outer.aborted || !over.signal.aborted ? 'ended' : 'joins anew';
}

/** What the parts of the agent are made from. */
interface Member extends AgentTools {
  readonly config: AgentConfig;
  readonly folder: StateFolder;
  readonly membership: Membership;
  readonly clients: DockerClients;
  readonly machine: Machine;
  readonly metrics: AgentMetrics;
  readonly wire: Wire;
  readonly locate: Locate;
  readonly bootId: string;
}

/** The identity that this machine has, or gets now; what it was before is over. */
async function becomeAgent(member: Member, signal: AbortSignal): Promise<JoinedAs> {
  const { folder, membership, log } = member;
  const { joined } = membership.record;
  const owner = createPodsOwner(folder);
  await endFormerAgent(owner, joined?.uid, member);
  const agent = joined ?? (await joinFleet(member, signal));
  await owner.save(agent.uid);
  log.info({ agent: agent.name, uid: agent.uid, version: VERSION }, 'agent starts');
  return agent;
}

interface AgentImages extends Images, AsyncDisposable {
  readonly report: ImageReport;
  /** For operators. */
  readonly pull: StreamHost['pullImage'];
  readonly pinned: PinnedImages;
  /** Keeps Docker's disk from filling up, until the signal aborts. */
  collect(volumes: Pick<AgentVolumes, 'imagesInUse'>, until: AbortSignal): Promise<void>;
}

async function openImages({
  config,
  folder,
  clients,
  machine,
  metrics,
  clock,
  log,
}: Member): Promise<AgentImages> {
  const engine = createDockerImages(clients);
  const { os, arch } = machine.facts();
  const pulled = await openPulledImages(createPulledImageFile(folder.pulledImagesFile), clock);
  const platform = { os, architecture: arch };
  const manager = new ImageManager({ engine, clock, log, platform, pulled, onPull: metrics.pulled });
  const { disk } = machine;
  const report = createImageReport({ engine, clock, log });
  const pinned = await openPinnedImages(createPinnedImageFile(folder.pinnedImagesFile));
  const { isPinned } = pinned;
  const collector = { pulled, isPinned, disk, thresholds: config.imageGarbage, clock, log };
  return {
    collect: (volumes, until) => {
      const inUse = async () => new Set([...(await engine.inUse()), ...(await volumes.imagesInUse())]);
      return collectImages({ ...collector, engine: { ...engine, inUse } }, until);
    },
    report,
    pinned,
    async pull(wish, until) {
      return refreshing(await pullImage(wish, { images: manager, nowMs: clock.monotonicMs }, until), report);
    },
    async ensure(request, until) {
      const own = request.image === PAUSE_IMAGE ? await ensurePauseImage(engine, arch) : undefined;
      const wanted = own === undefined ? request : { ...request, image: own, policy: 'IfNotPresent' };
      const found = await manager.ensure(wanted, until);
      if (found?.pulled) report.refresh();
      return found;
    },
    ensurePauseImage: () => ensurePauseImage(engine, arch),
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}

/** There may be one image more when it ends. */
async function* refreshing(
  lines: AsyncIterable<Buffer>,
  report: Pick<ImageReport, 'refresh'>,
): AsyncGenerator<Buffer> {
  try {
    yield* lines;
  } finally {
    report.refresh();
  }
}

/** What the pods refer to, as it was when the machine last heard of it. */
async function openObjects({ folder, machine, log }: Member): Promise<ObjectKeeper> {
  const { machineId, systemUuid } = machine.facts();
  const key = await openSealingKey(folder.sealingKeyFile, `${machineId}/${systemUuid}`);
  return openObjectKeeper(createObjectStore(folder.objectsDir, key), { log });
}

function openAgentVolumes({ folder, clients, log }: Member, agent: JoinedAs): Promise<AgentVolumes> {
  return openVolumes({
    diskDir: folder.volumesDir,
    memoryDir: memoryFolderOf(agent.uid),
    imagesDir: folder.imageVolumesDir,
    exporter: createImageExport(clients, agent.uid),
    mounter: systemMounter,
    log,
  });
}

interface PodParts {
  readonly agent: JoinedAs;
  readonly images: Images;
  readonly objects: ObjectKeeper;
  readonly volumes: PodVolumes;
  /** Pods and link need each other: it is asked for only once the pods are started. */
  readonly link: () => Link;
  /** Somebody looks at what pods use. */
  readonly isWatched: () => boolean;
}

function createDialer({ config, clients, clock }: Member, agent: JoinedAs): PodDialer {
  return createPodDialer({
    findSandbox: (podUid) => findPodSandbox(clients, { agentUid: agent.uid, podUid }),
    procFolder: joinPath(config.hostRoot, 'proc'),
    helperCommand: ownCommand(NETWORK_DIAL),
    clock,
  });
}

function createStreams(
  { clients, ownLog, clock }: Member,
  parts: { readonly pods: PodManager; readonly images: AgentImages; readonly dialer: PodDialer },
): StreamHost {
  const { pods, images, dialer } = parts;
  const ofPods = createPodStreams({
    findPod: (uid) => pods.find(uid),
    openContainerLogs: (options, until) =>
      openContainerLogs({ docker: clients.patient, clock }, options, until),
    docker: clients,
    dial: (podUid, port, signal) => dialer.dial(podUid, port, signal),
    clock,
  });
  return {
    ...ofPods,
    agentLog: async (request, until) => ownLog.read(request, until),
    pullImage: images.pull,
  };
}

function createOwner({ config, clients, clock }: Member, pods: PodManager): TellOwner {
  const { hostRoot: root } = config;
  const engine = createDockerStats(clients);
  const oursNs = createOurCpu({
    root,
    containers() {
      const statuses = pods.reports().map(({ status }) => status);
      return { running: statuses.flatMap(runningContainers), ended: statuses.flatMap(endedContainers) };
    },
    async groupOf(id) {
      const found = await engine.locate(id);
      const group = found && findContainerGroup({ id, pid: found.pid }, rootsBelow(root));
      if (found && !group)
        throw new LongshoreError('unavailable', `the account of container ${id} is not here`);
      return group?.cpu;
    },
    ownCpuNs: () => ownUse().cpuUsec * 1000,
  });
  return createOwnerReading({ root, load: createOwnerLoad({ root, oursNs }), clock });
}

function rootsBelow(root: string): CgroupRoots {
  return { cgroup: joinPath(root, 'sys/fs/cgroup'), proc: joinPath(root, 'proc') };
}

function createStats(
  { config, clients, machine, clock, log }: Member,
  { pods, link }: { readonly pods: PodManager; readonly link: () => Link },
): StatsSampler {
  const roots = rootsBelow(config.hostRoot);
  return createStatsSampler({
    pods: () => pods.measured(),
    meter: createContainerMeter(createDockerStats(clients), {
      ...roots,
      disks: joinPath(config.hostRoot, 'sys/dev/block'),
    }),
    machine: () => readMachineStats({ procFolder: roots.proc, disk: machine.disk, network: parseNetwork }),
    services: () => measureServices({ roots, own: ownUse }),
    send: (report) => link().stats(report),
    clock,
    log,
  });
}

function ownUse() {
  const { user, system } = process.cpuUsage();
  return { cpuUsec: user + system, memoryBytes: process.memoryUsage.rss() };
}

function createPods(member: Member, { agent, link, ...parts }: PodParts): PodManager {
  const { config, folder, membership, clients, machine, metrics, bootId, clock, log } = member;
  const execs = createDockerExecs(clients, clock);
  const probing = {
    runCommand: (...[id, command, options]: Parameters<RunCommand>) =>
      runCommand(execs, id, command, options),
    random: Math.random,
    agentStartedMs: clock.now(),
    probed: metrics.probed,
    clock,
    log,
  };
  return createPodManager({
    engine: countedEngine(createDockerEngine(clients, agent.uid), metrics.created),
    execs,
    sendHook,
    createProber: (ears) => new PodProber({ ...probing, ...ears }),
    ...parts,
    store: createPodStore(folder.podsDir),
    messages: createTerminationFiles(folder.messagesDir),
    readSeccompProfile: createSeccompProfiles(config.seccompDir),
    names: { machine: readMachineNames, ...createNameFiles(folder.namesDir) },
    openContainerLogs: (options, until) =>
      openContainerLogs({ docker: clients.patient, clock }, options, until),
    uplink: {
      report: (report) => link().report(report),
      gone: (gone) => link().gone(gone),
      event: (event, done) => link().event(event, done),
    },
    agentUid: agent.uid,
    network: createPodNetwork({
      ...{ clients, agentUid: agent.uid, chosen: config.network, readRoutes, hasInterface, log },
      podCidr: () => membership.record.cluster?.podCidr,
    }),
    machine: () => ({ ...machine.view(), ...clusterView(membership) }),
    engineChanged: () => machine.refresh(),
    bootId,
    clock,
    log,
  });
}

/** What it keeps of pods and what they refer to; not their volumes. */
async function stateBytes({ podsDir, objectsDir, messagesDir, namesDir }: StateFolder): Promise<number> {
  const all = [podsDir, objectsDir, messagesDir, namesDir].map((dir) => folderBytes(dir).catch(() => 0));
  return (await Promise.all(all)).reduce((sum, bytes) => sum + bytes, 0);
}

/** If one fails the others end too: half an agent would hold a session without looking after its pods. */
async function together(
  signal: AbortSignal,
  parts: readonly ((until: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failing = new AbortController();
  const until = AbortSignal.any([signal, failing.signal]);
  const running = parts.map((part) => part(until));
  try {
    await Promise.all(running);
  } finally {
    failing.abort();
    await Promise.allSettled(running);
  }
}

/** Joining over the state of another identity: its pods end first, for the fleet knows them no more. */
async function endFormerAgent(
  owner: PodsOwner,
  agentUid: string | undefined,
  { folder, clients, log }: Member,
): Promise<void> {
  const former = await owner.load();
  if (former === undefined || former === agentUid) return;
  const containers = await clearFormerAgent(createDockerEngine(clients, former));
  await removeExports(clients, former);
  await removeOwnNetworks(clients, former);
  const { volumesDir, imageVolumesDir } = folder;
  await removeFolders([volumesDir, memoryFolderOf(former), imageVolumesDir], systemMounter);
  await owner.forgetPods();
  log.warn({ former, containers }, 'ended the pods of the agent that this machine was before it joined anew');
}

function clusterView({ record }: Membership) {
  return { nodeName: record.cluster?.nodeName ?? '', clusterDns: record.cluster?.dns ?? NO_CLUSTER_DNS };
}

type Locate = (signal: AbortSignal) => Promise<string>;

async function createLocator(
  { controller, token }: AgentConfig,
  { record }: Membership,
  tools: AgentTools,
): Promise<Locate> {
  if (controller !== undefined) return async () => controller;
  const { createDiscovery } = await import('./discovery/discovery.ts');
  const caHash = record.joined ? caHashOf(record.joined) : token?.caHash;
  return createDiscovery({ ...tools, caHash }).find;
}

const RETRY = { initialMs: 1000, maxMs: 30_000, jitter: 0.3 };

/** Asks until it is let in or refused: a controller that cannot be reached may come. */
async function joinFleet(member: Member, signal: AbortSignal): Promise<JoinedAs> {
  const { config, locate, machine, clock, log } = member;
  const token = requireToken(config);
  const { hostname, os, arch } = machine.facts();
  for (let delay = backoff(RETRY); ; delay = delay.next()) {
    try {
      const address = await locate(signal);
      return await join(member, { address, token, name: config.name, hostname, os, arch }, signal);
    } catch (error) {
      if (signal.aborted || !isWorthRetrying(error)) throw error;
      log.warn({ reason: describeError(error), retryInMs: Math.round(delay.delayMs) }, 'not joined yet');
      await clock.sleep(delay.delayMs, signal);
    }
  }
}

function requireToken({ token, stateDir }: AgentConfig): JoinToken {
  if (token) return token;
  throw new LongshoreError(
    'invalid',
    `this machine has not joined a fleet (nothing in ${stateDir}): give --token or --token-file, as \`longshore tokens create\` prints it`,
  );
}

function isWorthRetrying(error: unknown): boolean {
  return ['unavailable', 'exhausted'].includes(errorCode(error));
}
