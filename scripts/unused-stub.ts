// In place of modules that libraries load for what we never ask of them: building images (dockerode), introspection of
// channels and load reports (grpc-js).
function unused(): never {
  throw new Error('this build leaves out what Longshore does not use of its libraries');
}

// The whole module, for its importers' `require`.
export { unused as 'module.exports' };
