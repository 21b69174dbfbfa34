// Many machines behind one node, as a user sees them: where pods go, and what those that fit nowhere are told. All scenarios
// share one fleet, in this order; the last
// two leave it without agent-4, and with a controller that has the rights of deploy/base alone.
import { describe } from 'node:test';
import { commandScenarios } from './placement/commands.ts';
import { drainScenarios } from './placement/drain.ts';
import { fleetOfFive } from './placement/fleet.ts';
import { imageScenarios } from './placement/images.ts';
import { lostMachineScenarios } from './placement/lost-machine.ts';
import { machineScenarios } from './placement/machines.ts';
import { neighbourScenarios } from './placement/neighbours.ts';
import { preemptionScenarios } from './placement/preemption.ts';
import { rightsScenarios } from './placement/rights.ts';
import { roomScenarios } from './placement/room.ts';
import { spreadScenarios } from './placement/spread.ts';
import { taintScenarios } from './placement/taints.ts';

describe('a fleet of five agents with labels', () => {
  const fleet = fleetOfFive();
  machineScenarios(fleet);
  neighbourScenarios(fleet);
  spreadScenarios(fleet);
  taintScenarios(fleet);
  commandScenarios(fleet);
  imageScenarios(fleet);
  roomScenarios(fleet);
  preemptionScenarios(fleet);
  drainScenarios(fleet);
  lostMachineScenarios(fleet);
  rightsScenarios(fleet);
});
