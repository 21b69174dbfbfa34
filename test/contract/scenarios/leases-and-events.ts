// What controllers write all the time: leases with their conditions, events in both of their versions.
import type { Conversation } from '../conversation.ts';
import type { Scenario } from '../scenario.ts';

const COORDINATION = 'coordination.k8s.io/v1';
const EVENTS = 'events.k8s.io/v1';
const AT = '2026-01-02T03:04:05.123456Z';

export const leasesAndEvents: Scenario = {
  name: 'leases-and-events',
  async run(api) {
    await leases(api);
    await events(api);
    await newEvents(api);
  },
};

async function leases(api: Conversation) {
  const path = api.in('leases', COORDINATION);
  const spec = {
    holderIdentity: 'a',
    leaseDurationSeconds: 15,
    acquireTime: AT,
    renewTime: AT,
    leaseTransitions: 0,
  };
  const { body: made } = await api.create(path, {
    metadata: { name: 'l', annotations: { 'longshore.dev/epoch': '1' } },
    spec,
  });
  const { body: renewed } = await api.put(`${path}/l`, {
    ...made,
    spec: { ...spec, renewTime: '2026-01-02T03:04:06Z' },
  });
  await api.put(`${path}/l`, made);
  await api.put(`${path}/l`, { ...renewed, metadata: { name: 'l' } });
  await api.put(`${path}/absent`, { metadata: { name: 'absent' }, spec });
  await api.put(`${path}/absent`, {
    metadata: { name: 'absent', resourceVersion: made.metadata.resourceVersion },
    spec,
  });
  await api.put(`${path}/absent2`, {
    metadata: { name: 'absent2', resourceVersion: made.metadata.resourceVersion },
    spec,
  });
  for (const wrong of [
    { leaseDurationSeconds: 0 },
    { leaseDurationSeconds: -1 },
    { leaseTransitions: -1 },
    { renewTime: 'soon' },
    { renewTime: '2026-01-02T03:04:06Z' },
    { renewTime: '2026-01-02T03:04:05+01:00' },
    { holderIdentity: '' },
    { holderIdentity: 5 },
  ]) {
    await api.create(path, { metadata: { name: 'w' }, spec: { ...spec, ...wrong } });
  }
  await api.create(path, { metadata: { name: 'empty' } });
  await api.patch(`${path}/l`, 'merge', { spec: { holderIdentity: 'b' } });
  await api.patch(`${path}/l`, 'strategic', { metadata: { ownerReferences: [] } });
  await api.delete(`${path}/l`, { preconditions: { uid: 'other' } });
  await api.delete(`${path}/l`);
}

async function events(api: Conversation) {
  const path = api.in('events');
  const involvedObject = { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: api.namespace, uid: 'u' };
  const event = {
    metadata: { name: 'e' },
    involvedObject,
    reason: 'Started',
    message: 'Started container',
    type: 'Normal',
    source: { component: 'kubelet', host: 'n' },
    firstTimestamp: '2026-01-02T03:04:05Z',
    lastTimestamp: '2026-01-02T03:04:05Z',
    count: 1,
  };
  await api.create(path, event);
  await api.create(path, event);
  await api.patch(`${path}/e`, 'strategic', {
    count: 2,
    lastTimestamp: '2026-01-02T03:05:05Z',
    message: 'again',
  });
  await api.patch(`${path}/e`, 'merge', { series: { count: 3, lastObservedTime: AT } });
  await api.get(`${path}/e`);
  await api.get(`${api.in('events', EVENTS)}/e`);
  for (const wrong of [
    { involvedObject: { ...involvedObject, namespace: 'elsewhere' } },
    { involvedObject: {} },
    { involvedObject: { kind: 'Node', name: 'n', uid: 'n' } },
    { type: 'Loud' },
    { firstTimestamp: 'soon' },
    { firstTimestamp: '2026-01-02T03:04:05.678+02:00' },
    { reason: '' },
    { message: 'x'.repeat(2000) },
    { metadata: { name: 'Upper' } },
    { eventTime: AT },
    {
      eventTime: AT,
      reportingComponent: 'longshore.dev/controller',
      reportingInstance: 'i',
      action: 'Acting',
    },
  ]) {
    await api.create(path, { ...event, metadata: { generateName: 'random-' }, ...wrong }, { view: brief });
  }
  await api.create('/api/v1/namespaces/default/events', {
    ...event,
    metadata: { name: 'contract-node-event', namespace: 'default' },
    involvedObject: { kind: 'Node', name: 'n', uid: 'n', apiVersion: 'v1' },
  });
  await api.aside.delete('/api/v1/namespaces/default/events/contract-node-event');
  await api.delete(`${path}/e`);
}

async function newEvents(api: Conversation) {
  const path = api.in('events', EVENTS);
  const event = {
    metadata: { name: 'n' },
    regarding: { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: api.namespace, uid: 'u' },
    reason: 'Started',
    note: 'Started container',
    type: 'Normal',
    action: 'Starting',
    eventTime: AT,
    reportingController: 'longshore.dev/controller',
    reportingInstance: 'longshore-1',
  };
  await api.create(path, event);
  await api.get(api.in('events/n'));
  await api.patch(`${path}/n`, 'merge', { series: { count: 2, lastObservedTime: AT } });
  await api.patch(`${path}/n`, 'merge', { note: 'other' });
  for (const wrong of [
    { reason: '' },
    { action: '' },
    { eventTime: null },
    { reportingController: '' },
    { reportingController: 'no/qualified/name' },
    { reportingInstance: '' },
    { note: 'x'.repeat(2000) },
    { type: 'Loud' },
    { series: { count: 1, lastObservedTime: AT } },
  ]) {
    await api.create(path, { ...event, metadata: { generateName: 'random-' }, ...wrong }, { view: brief });
  }
  await api.get(`${path}?fieldSelector=regarding.name%3Dp`, {
    view: ({ kind, items }) => ({ kind, count: items.length }),
  });
}

function brief(body: { kind: string; message?: string }) {
  const text = JSON.stringify(body).replaceAll(/x{100,}/g, 'xxx');
  return JSON.parse(text);
}
