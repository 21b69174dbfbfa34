// What a node must not get wrong about pods, and what a fleet behind it must do, each with the tests that show it: whoever
// renames or removes one of them is told here which promise goes with it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { splitProof } from '../../../scripts/support-matrix.ts';
import { titlesOf } from '../../kit/test-titles.ts';

/** Of agent and controller alike. */
const PARTS_KILLED = [
  'running pods run on and their status stays',
  'a crash loop goes on counting where it was',
  'right after a pod was deleted, the pod still goes, containers first',
].map((what) => `e2e/recovery: of the \${victim}${what.startsWith('right') ? ' ' : ', '}${what}`);

const PROMISES: Readonly<Record<string, readonly string[]>> = {
  'a deleted pod goes on its agent’s word, by one status and one delete, and by no timer': [
    'unit/controller/reconcile/pod-endings: stays until its agent confirms, then gets its final status, then one delete with its UID',
    'e2e/recovery: of the agent, a deleted pod stays past its grace until the agent confirms its end',
  ],
  'a deleted pod of an agent that is away stays, not ready, until the agent is back': [
    'unit/controller/reconcile/pod-endings: on a lost agent stays Terminating and not ready, and ends when the agent is back',
    'e2e/placement: deletes the pods of a lost machine when their toleration is over, or when it is declared gone; what comes back stops them',
  ],
  'a pod that was forced away and its namesake share nothing': [
    'unit/controller/reconcile/pod-endings: and comes back under its name with a new UID: the old one is stopped, the new one runs',
    'integration/controller/kube/control-plane: reaches no namesake: every write for a UID that is gone is `gone`',
    'e2e/pods: stops a force-deleted pod, while its namesake runs on its own',
  ],
  'a readiness gate is its writer’s': [
    'unit/controller/reconcile/pod-controller: keeps a readiness gate written by someone else, and only that gate makes the pod ready',
    'e2e/lifecycle: is ready only by the word of its readiness gate’s writer, which nobody else touches',
  ],
  'a restart of the controller changes nothing': [
    'unit/controller/reconcile/pod-controller: changes nothing: no status flaps, nothing is restarted, and a deletion finishes',
    ...PARTS_KILLED,
  ],
  'a restart of the agent changes nothing': [
    'unit/agent/runtime/pod-worker: survives restarts of the agent: nothing restarts, nothing is told anew',
    'integration/agent/sigkill: restarts nothing that ran, runs nothing twice, and leaves nothing of what was deleted',
    'integration/agent/volumes/volumes: are whole, and each mounted once, wherever an agent died while it made them',
    'e2e/recovery: of both while an init container works and while a hook runs, each is done once',
    ...PARTS_KILLED,
  ],
  'an event that says why a pod waits is told, whenever its agent dies': [
    'unit/agent/runtime/untold-events: that the controller has not heard is told by the next agent, and not by the one after that',
  ],
  'a list that is empty or failed kills nothing': [
    'unit/controller/reconcile/pod-controller: does nothing at all before both lists are complete',
    'unit/controller/kube/reflector: tells nothing of a list that fails in the middle, and everything of the next',
  ],
  'what crashes is restarted after 0, 10, 20, 40 s and so on, with the logs of the last two attempts': [
    'unit/agent/runtime/pod-worker: restarts at once, then after 10, 20, 40 … 300 s from each end',
    'e2e/pods: restarts what crashes, with back-off, and keeps the last two logs',
  ],
  'the end of a container is told no later than that of its pod': [
    'unit/controller/model/pod-status: arrives together with the details of the exit',
    'e2e/pods: comes to Succeeded and Failed, and starts neither again',
  ],
  'sidecars keep no pod alive, and stop last, in reverse': [
    'unit/agent/runtime/init-containers: that stay keep no pod alive: they end, last first, when the rest has ended for good',
    'integration/agent/runtime/init-containers: run in their order, sidecars beside them, and end last first',
    'e2e/init-containers: that stay let a job come to its end, after which they have ended too',
    'unit/agent/runtime/init-containers: that stay are stopped after the regular containers, in reverse',
    'integration/agent/runtime/init-containers: of a deleted pod end after the regular containers, the last sidecar first',
  ],
  'a probe gives its own grace, unless the pod is to go': [
    'unit/agent/runtime/probes: give the grace of their own, unless the pod is to go',
    'integration/agent/runtime/probes: that fail end the container within the grace of the probe, and it is restarted',
  ],
  'files follow their ConfigMap, never half old and half new': [
    'e2e/volumes: follow their ConfigMap, file by file, all at once',
    'integration/agent/volumes/atomic-folder: is never seen half old and half new',
    'integration/agent/volumes/volumes: of which a part is mounted keep that part as it was',
    'e2e/volumes: of a ConfigMap that may be missing come and go with it',
  ],
  'what waits for an object starts by itself when it comes': [
    'unit/agent/runtime/pod-environment: says what is missing, once, and starts at once when it comes',
    'e2e/objects: keep the container waiting while they are missing, and it starts by itself when they come',
    'e2e/volumes: of a Secret that is missing wait for it, and start by themselves',
  ],
  'a pod that no agent can hold waits, and is not made again and again': [
    'unit/controller/reconcile/new-pods: that fits nowhere waits with its reasons, told once, until the fleet changes',
    'e2e/pods: lets a pod that fits no agent wait with its reasons, and starts it when one fits',
  ],
  'a pod has one IP of each family': [
    'unit/controller/model/pod-status: a changed pod IP replaces the old one, one per family',
    'e2e/docker-restart: that is killed and started again sees its agent and node not ready meanwhile, and each pod go on by its policy afterwards, once',
  ],
  'a deleted node comes back within 10 s, and its Lease is the new one’s': [
    'unit/controller/kube/node-writer: makes the node again within 10 s when somebody deletes it',
    'unit/controller/kube/node-lease: is owned by the new node when the node was made anew',
  ],
  'where nothing happens next to nothing is written': [
    'unit/controller/kube/node-writer: creates the node with taint, labels and status, and then leaves it alone for five minutes',
    'unit/controller/kube/node-lease: is made once, owned by the node, and renewed every ten seconds with one call each',
    'unit/controller/reconcile/pod-controller: in ten minutes in which nothing happens is not written at all',
    'unit/agent/runtime/probes: that come to the same in ten minutes are no news',
  ],
  'an image that never comes holds up no deletion': [
    'unit/agent/runtime/init-containers: whose image never comes keep a deleted pod no longer: it has failed and is gone',
    'e2e/init-containers: whose image cannot be had leave the pod deletable at once',
    'integration/agent/images/pull: ends a pull that hangs when its asker leaves, and leaves Docker able to pull',
  ],
  'a restart of Docker ends each container once, and restarts it once where its policy says so': [
    'integration/agent/docker-restart: is away: pods keep their status; is back: each end is told once, and restarted once where the policy says so',
    'integration/agent/docker-restart: lets pods run on while it is away; what ends meanwhile is told once and restarted once',
    'integration/agent/docker-killed: runs nothing beside its own kind, restarts by policy, keeps volumes, and leaves nothing of what was deleted',
    'integration/agent/docker-killed: ends a run that Docker has forgotten before it begins another',
  ],
};

/** Shown on fleets of five and more agents, on both control planes where nothing else is said. */
const OF_THE_FLEET: Readonly<Record<string, readonly string[]>> = {
  'pods are pinned by agent, architecture, zone, and by several at once': [
    'e2e/placement: pins by agent, by architecture, by zone, and by both on one machine',
    'e2e/placement: judges node affinity by each machine, operator by operator, and weighs what is preferred',
  ],
  'what the scheduler cannot be told is told by an annotation': [
    'e2e/placement: takes what the scheduler cannot be told from an annotation',
  ],
  'replicas are spread over machines, and kept apart; the one too many waits with its reason': [
    'e2e/placement: spreads nine replicas evenly over three agents, and gives each of three its own',
  ],
  'a pod too large for every machine waits, small ones run, nothing is made in its place, and it starts once it fits':
    [
      'e2e/placement: starts a pod that was too large for every machine as soon as one has the room; small ones run meanwhile',
      'e2e/real/workloads: whose pod no machine can hold has that one wait, and makes no other in its place',
    ],
  'a pod of higher priority takes the room of one of lower': [
    'e2e/placement: ends a pod of lower priority for one of higher that fits on no machine, unless that preempts nobody',
  ],
  'small pods do not starve a large one': [
    'e2e/placement: keeps a machine free for a large pod that has waited for long, so that small ones cannot starve it',
  ],
  'a pod that would rather fail than wait does, as on a kubelet': [
    'e2e/placement: fails a pod that would rather fail than wait, as a kubelet does, when no machine can take it',
  ],
  'each machine has each host port once': [
    'e2e/placement: gives a host port away once on each machine and address; the scheduler lets one through for all machines',
    'e2e/agent-nodes: has each host port once, as every machine has',
  ],
  'what the cluster does not let the controller know is not guessed at': [
    'e2e/placement: places nothing before namespaces may be listed, ends nobody for another before budgets may be, and says so',
  ],
  'taints keep pods off, and drive them off when their toleration is over': [
    'e2e/placement: keeps off what an agent’s taint does not let in',
    'e2e/placement: goes by the value and the effect of a taint, and drives off who tolerates it for some seconds only',
    'e2e/agent-nodes: has labels and taints from the Agent, takes them back, and leaves alone what others gave the node',
  ],
  'of machines that are alike a pod goes to the one that holds its image': [
    'e2e/docker-restart: runs a pod on the machine that holds its image, which is otherwise like the other',
  ],
  'a machine is cordoned and drained as far as budgets allow': [
    'e2e/placement: drains a machine as far as a budget allows, goes on by itself, and takes pods again when it is over',
    'e2e/real/node: is drained as far as a PodDisruptionBudget allows, then whole, and takes pods again when uncordoned',
  ],
  'with a node of its own a machine is cordoned and drained by kubectl': [
    'e2e/agent-nodes: is cordoned from either side',
    'e2e/agent-nodes: is drained as far as a budget allows, and no other machine with it',
  ],
  'a machine is its owner’s in quiet hours and while it is needed, and comes back by itself': [
    'e2e/good-guest: gives a machine back for its quiet hours and gets it again when they end',
    'e2e/good-guest: gives a machine back while it is hot and gets it again when it has cooled down',
  ],
  'a machine that was removed stops what it runs whenever it is back, and joins anew by a token': [
    'e2e/placement: deletes the pods of a lost machine when their toleration is over, or when it is declared gone; what comes back stops them',
    'integration/rpc/session-membership: of an agent whose certificate has run out meanwhile is no way around its removal',
    'integration/agent/rejoin: by another token alone when the fleet has removed it, whether it has heard of that before or not',
  ],
  'placement exceeds no machine, breaks no required term, and is the same each time': [
    'unit/controller/model/placement/properties: no agent is given more than it offers, and no required rule is broken',
    'unit/controller/model/placement/properties: the same question has the same answer, in whatever order the agents are listed',
  ],
};

describe('the tests of what a node and its fleet must not get wrong', () => {
  for (const [promise, proofs] of Object.entries({ ...PROMISES, ...OF_THE_FLEET })) {
    it(`are there: ${promise}`, () => {
      const missing = proofs.filter((proof) => {
        const [name, title] = splitProof(proof);
        const file = join(import.meta.dirname, '../..', `${name}.test.ts`);
        return !existsSync(file) || !titlesOf(file).includes(title);
      });
      assert.deepEqual(missing, []);
    });
  }
});
