// In place of modules that dockerode loads for what we never ask of it: building images.
function unused(): never {
  throw new Error('this build leaves out what Longshore does not use of its libraries');
}

// The whole module, for its importers' `require`.
export { unused as 'module.exports' };
