// Longshore's own kind, as deploy/ defines it: validation, columns, the status apart, patches, watches.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { eventually } from '../../kit/eventually.ts';
import type { Conversation } from '../conversation.ts';
import type { Scenario } from '../scenario.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const agents = '/apis/longshore.dev/v1alpha1/agents';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const HASH = 'a'.repeat(64);

export const agentKind: Scenario = {
  name: 'agents',
  async run(api) {
    const file = join(import.meta.dirname, '../../../deploy/base/crd.yaml');
    await api.create(definitions, parse(readFileSync(file, 'utf8')), { view: withoutStatus });
    await api.aside.until(`${definitions}/agents.longshore.dev`, ({ body }) =>
      body.status?.conditions?.some(
        (item: { type: string; status: string }) => item.type === 'Established' && item.status === 'True',
      ),
    );
    await api.aside.until(agents, ({ status }) => status === 200);
    await api.get(`${definitions}/agents.longshore.dev`, { view: withoutVersion });
    await refusals(api);
    await life(api);
    await olderThanRules(api);
    await watches(api);
    await api.get('/apis/longshore.dev', { view: (body) => body });
    await api.get('/apis/longshore.dev/v1alpha1');
    await api.get('/apis/longshore.dev/v9');
    await api.get('/apis/longshore.dev/v9/agents');
    await api.get('/apis/longshore.dev/v1alpha1/strangers');
    await api.aside.delete(`${definitions}/agents.longshore.dev`);
    await api.aside.until(agents, ({ status }) => status === 404);
    await api.get(agents);
  },
};

function agent(name: string, more: object = {}) {
  return {
    apiVersion: 'longshore.dev/v1alpha1',
    kind: 'Agent',
    metadata: { name },
    spec: { publicKeyHash: HASH, ...more },
  };
}

async function refusals(api: Conversation) {
  for (const spec of [
    { publicKeyHash: 'short' },
    { publicKeyHash: 5 },
    { publicKeyHash: null },
    { unschedulable: 'yes' },
    { labels: { a: 'bad value!' } },
    { labels: { a: 'v'.repeat(64) } },
    { labels: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 'v'])) },
    { labels: ['list'] },
    { labels: { 'bad key!': 'v' } },
    { labels: { 'a..b/c': 'v', zone: 'garage' } },
    { labels: { 'a b': 'v' }, unschedulable: 'yes' },
    { labels: { 'kubernetes.io/arch': 'arm64', zone: 'garage' } },
    { labels: { 'longshore.dev/agent-domain': 'other' } },
    { labels: { 'agent.longshore.dev/other': 'true' } },
    { labels: { 'zone.label.longshore.dev/attic': 'true' } },
    { taints: [{ key: 'a..b/c', effect: 'NoSchedule' }] },
    { taints: [{ key: 'bad key!', effect: 'NoSchedule' }] },
    { ownerShare: { cpu: '-1' } },
    { ownerShare: { memory: 5 } },
    { quietHours: [{ schedule: '0 8 * * MON-FRI', duration: '10h' }] },
    { quietHours: [{ schedule: 'at eight', duration: '10h', timeZone: 'UTC' }] },
    { quietHours: [{ schedule: '0 8 * * *', duration: 'ten hours', timeZone: 'UTC' }] },
    { quietHours: [{ schedule: '0 8 * * *', duration: '10', timeZone: 'UTC' }] },
    { quietHours: [{ schedule: '0 8 * * *', duration: '10h', timeZone: '../etc' }] },
    { yieldWhen: { ownerLoadPercent: 0 } },
    { yieldWhen: { temperatureCelsius: 151 } },
    { yieldWhen: { afterSeconds: -1 } },
    { yieldWhen: { onBattery: 'yes' } },
    { pinnedImages: ['No Image!'] },
    { podCIDR: '999.1.2.3/24' },
    { podCIDR: '10.208.3.0/33' },
  ]) {
    await api.create(agents, agent('a', spec), { view: shortened });
  }
  await api.create(agents, { ...agent('a'), spec: undefined });
  await api.create(agents, { ...agent('a'), spec: 'text' });
  await api.create(agents, { ...agent('a'), spec: {} });
  await api.create(agents, agent('with.dots'));
  await api.create(agents, agent('Upper'));
  await api.create(`${agents}?fieldValidation=Ignore`, { ...agent('a'), apiVersion: 'longshore.dev/v9' });
  await api.create(agents, { ...agent('a'), kind: 'Machine' });
  await api.create(agents, { ...agent('a'), kind: undefined });
  await api.create(agents, 'no json');
  await api.create(agents, { ...agent('a'), metadata: { name: 'a', labels: { number: 1 } } });
  await api.create(`${agents}?fieldValidation=Strict`, { ...agent('a', { strange: true }), more: 1 });
}

async function life(api: Conversation) {
  await api.create(agents, {
    ...agent('garage', { labels: { zone: 'garage' }, strange: true }),
    status: { arch: 'arm64' },
    more: 1,
  });
  await api.create(agents, agent('garage'));
  await api.create(
    agents,
    agent('guest', {
      ownerShare: { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '10Gi' },
      quietHours: [
        { schedule: '30 8,20 * JAN-MAR MON-FRI', duration: '1h30m', timeZone: 'America/Argentina/Ushuaia' },
      ],
      yieldWhen: { ownerLoadPercent: 50, temperatureCelsius: 75, onBattery: true, batteryBelowPercent: 40 },
    }),
  );
  await api.aside.delete(`${agents}/guest`);
  await api.get(`${agents}/garage`);
  await api.patch(`${agents}/garage`, 'merge', { spec: { unschedulable: true } });
  await api.patch(`${agents}/garage`, 'merge', { spec: { unschedulable: true } });
  await api.patch(`${agents}/garage`, 'merge', { spec: { labels: { zone: null, rack: '1' } } });
  await api.patch(`${agents}/garage`, 'merge', { status: { arch: 'amd64' } });
  await api.patch(`${agents}/garage`, 'merge', { spec: { publicKeyHash: 'wrong' } });
  await api.patch(`${agents}/garage`, 'merge', { spec: { publicKeyHash: 'b'.repeat(64) } });
  await api.patch(`${agents}/garage`, 'merge', { spec: { podCIDR: '10.208.3.0/24' } });
  await api.patch(`${agents}/garage`, 'strategic', { spec: {} });
  await api.patch(`${agents}/garage`, 'json', [{ op: 'replace', path: '/spec/unschedulable', value: false }]);
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'Connected',
    message: 'm',
    lastTransitionTime: '2026-01-02T03:04:05Z',
  };
  await api.patch(`${agents}/garage/status`, 'merge', {
    status: { arch: 'arm64', agentVersion: '1.2.3', conditions: [condition] },
  });
  await api.patch(`${agents}/garage/status`, 'merge', {
    spec: { unschedulable: true },
    metadata: { labels: { through: 'status' } },
  });
  await api.patch(`${agents}/garage/status`, 'merge', {
    status: { conditions: [{ ...condition, status: 'Perhaps' }] },
  });
  await api.patch(`${agents}/garage/status`, 'merge', { status: { conditions: [condition, condition] } });
  await api.patch(`${agents}/garage/status`, 'merge', { status: { conditions: [{ type: 'Ready' }] } });
  await api.patch(`${agents}/garage/status`, 'merge', { status: { lastSeen: 'yesterday' } });
  await api.patch(`${agents}/garage/status`, 'merge', { status: { capacity: { cpu: 4 } } });
  await api.get(`${agents}/garage/status`);
  await api.get(`${agents}/garage/scale`);
  const { body: current } = await api.get(`${agents}/garage`);
  await api.put(`${agents}/garage/status`, { ...current, status: { ...current.status, hostname: 'box' } });
  await api.put(`${agents}/garage`, current);
  await api.put(`${agents}/garage`, agent('garage'));
  const { body: latest } = await api.get(`${agents}/garage`);
  await api.put(`${agents}/garage`, { ...latest, spec: { publicKeyHash: HASH } });
  await api.create(agents, {
    ...agent('held'),
    metadata: { name: 'held', finalizers: ['longshore.dev/agent'] },
  });
  await api.get(agents, { accept: TABLE });
  await api.get(`${agents}/garage`, { accept: TABLE });
  await api.get(agents);
  await api.get(`${agents}?fieldSelector=metadata.name%3Dheld`);
  await api.get(`${agents}?fieldSelector=spec.unschedulable%3Dtrue`);
  await api.delete(`${agents}/held`);
  await api.patch(`${agents}/held`, 'merge', { metadata: { finalizers: null } });
  await api.delete(`${agents}/garage`);
  await api.get(`${agents}/garage`);
}

/** What was made before the schema had its rules stays writable, but for the parts that break them. */
async function olderThanRules(api: Conversation) {
  const definition = `${definitions}/agents.longshore.dev`;
  const { spec } = await api.aside.get(definition);
  const ruleless = JSON.parse(JSON.stringify(spec), (key, value) =>
    key === 'x-kubernetes-validations' ? undefined : value,
  );
  const old = {
    ...agent('old', { labels: { 'a b': 'c' } }),
    metadata: { name: 'old', finalizers: ['a.b/c'] },
  };
  const isTaken = () => api.aside.create(`${agents}?dryRun=All`, { ...old, metadata: { name: 'b' } });
  const inForce = { what: 'the definition to be in force' };
  await api.aside.patch(definition, 'merge', { spec: ruleless });
  await eventually(() => isTaken().catch(() => undefined), inForce);
  await api.aside.create(agents, old);
  await api.aside.patch(definition, 'merge', { spec });
  await eventually(() => isTaken().then(() => undefined, Boolean), inForce);
  await api.patch(`${agents}/old/status`, 'merge', { status: { arch: 'arm64' } });
  await api.patch(`${agents}/old`, 'merge', { spec: { unschedulable: true } });
  await api.patch(`${agents}/old`, 'merge', { metadata: { annotations: { note: 'old' } } });
  await api.patch(`${agents}/old`, 'merge', { spec: { labels: { zone: 'garage' } } });
  await api.patch(`${agents}/old`, 'merge', { spec: { labels: { 'a b': null } } });
  await api.aside.delete(`${agents}/old`);
  // An update is first tried on what the server's cache holds, and the warnings of a try that was too late stay.
  const cached = `${agents}/old?resourceVersion=0`;
  await api.aside.until(cached, ({ body }) => body.metadata?.deletionTimestamp !== undefined);
  await api.patch(`${agents}/old`, 'merge', { metadata: { finalizers: null } });
  await api.get(`${agents}/old`);
}

async function watches(api: Conversation) {
  const tooOld = await api.watch(`${agents}?watch=1&resourceVersion=1`);
  await tooOld.ended();
  tooOld.stop();
  const { metadata } = await api.aside.get(agents);
  const watch = await api.watch(`${agents}?watch=1&resourceVersion=${metadata.resourceVersion}`);
  await api.aside.create(agents, agent('new'));
  await api.aside.patch(`${agents}/new/status`, 'merge', { status: { arch: 'arm64' } });
  await api.aside.delete(`${agents}/new`);
  await watch.seen(3);
  watch.stop();
}

interface Definition {
  readonly metadata: object;
  readonly spec: { readonly versions: object[] };
  readonly status: unknown;
}

/** Names are accepted a moment later. */
function withoutStatus({ status: _, ...body }: Definition) {
  return withoutSchema(body);
}

/** Written once or more than once before it is established. */
function withoutVersion(body: Definition) {
  return withoutSchema({ ...body, metadata: { ...body.metadata, resourceVersion: undefined } });
}

/** It grows with what agents can do. */
function withoutSchema(body: Omit<Definition, 'status'>) {
  const versions = body.spec.versions.map((version) => ({ ...version, schema: undefined }));
  return { ...body, spec: { ...body.spec, versions } };
}

/** Long lists of labels are quoted back; their beginning is enough. */
function shortened(body: { message?: string; details?: { causes?: { message: string }[] } }) {
  return JSON.parse(JSON.stringify(body), (_key, value) =>
    typeof value === 'string' ? value.slice(0, 300) : value,
  );
}
