import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCode } from '../../../common/errors.ts';
import {
  type ControlPlaneChoice,
  type ControlPlaneKind,
  chooseControlPlane,
} from '../../../sandbox/control-plane-choice.ts';

describe('the control plane of a sandbox', () => {
  const cases: [ControlPlaneChoice, ControlPlaneKind | undefined, boolean, ControlPlaneKind | 'refused'][] = [
    ['auto', undefined, true, 'real'],
    ['auto', undefined, false, 'builtin'],
    ['auto', 'builtin', true, 'builtin'],
    ['auto', 'real', false, 'real'],
    ['real', undefined, false, 'real'],
    ['builtin', undefined, true, 'builtin'],
    ['real', 'real', true, 'real'],
    ['real', 'builtin', true, 'refused'],
    ['builtin', 'real', true, 'refused'],
  ];
  for (const [choice, running, hasBinaries, expected] of cases) {
    it(`asked for ${choice}, running ${running ?? 'nothing'}, programs ${hasBinaries ? 'here' : 'missing'}: ${expected}`, () => {
      const choose = () => chooseControlPlane(choice, { running, hasBinaries });
      if (expected !== 'refused') assert.equal(choose(), expected);
      else assert.throws(choose, (error) => errorCode(error) === 'precondition');
    });
  }
});
