import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNodeOfFleet, nodeOfAgent } from '../../../../controller/cli/fleet-nodes.ts';

test('the one node is known by its name, nodes of agents by what their names begin with', () => {
  assert.equal(isNodeOfFleet('longshore', 'longshore'), true);
  assert.equal(isNodeOfFleet('longshore', 'longshore-pi'), false);
  assert.equal(isNodeOfFleet('longshore-*', 'longshore-pi'), true);
  assert.equal(isNodeOfFleet('longshore-*', 'longshore-'), false);
  assert.equal(isNodeOfFleet('longshore-*', 'worker-1'), false);
});

test('the node of an agent', () => {
  assert.equal(nodeOfAgent('longshore', 'pi'), 'longshore');
  assert.equal(nodeOfAgent('longshore-*', 'pi'), 'longshore-pi');
  assert.equal(nodeOfAgent('longshore', undefined), 'longshore');
  assert.equal(nodeOfAgent('longshore-*', undefined), undefined);
});
