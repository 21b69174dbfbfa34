#!/usr/bin/env node
// Starts `longshore`. To read and compile its sources takes longer than most commands do: so what was compiled is kept for the
// next time, and much of a package is not loaded. Both must be settled before anything else is loaded, hence nothing is
// imported here but what settles them.
import { keepCompiled } from './cli/compile-cache.ts';
import { withoutGeneratedApi } from './kube/without-generated-api.ts';

// A bundle is one file, which is compiled by now, and has left out what is to be.
if (import.meta.filename.endsWith('.ts')) {
  keepCompiled(process.argv[2], process.env);
  withoutGeneratedApi();
}
// No top-level await: the bundle is CommonJS, which has none.
void import('./longshore.ts');
